"""The real exports of ../shared/models, by name."""

from __future__ import annotations

from pathlib import Path

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
COCO = MODELS.parent / "images" / "coco"
GOOD = (
    "yolov8n_192_quant_pc_uf_pose_coco-st.tflite",
    "yolov8n_256_quant_pc_uf_pose_coco-st.tflite",
    "yolov8n_320_quant_pc_uf_pose_coco-st.tflite",
    "yolo11n_256_quant_pc_uf_pose_coco-st.tflite",
    "yolo11n-pose_full_integer_quant.tflite",
    "yolo11n-pose_integer_quant.tflite",
)
SMALLEST = MODELS / GOOD[0]
DYNAMIC_RANGE = MODELS / "yolo11n-pose_int8.tflite"
COARSE = MODELS / "fiti-yolov8n-pose_full_integer_quant_320.tflite"
ONNX = MODELS / "yolo26_pose_256_qdq_int8.onnx"
