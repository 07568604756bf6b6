"""Ground truth of several data sets becomes COCO-17."""

import json

import pytest

from edge_agent.models.training.labels import ABSENT, OCCLUDED, VISIBLE
from edge_agent.models.training.real.coco_joints import INDEX
from edge_agent.models.training.real.human_ground_truth import read_human_ground_truth
from edge_agent.models.training.real.joint_order import to_coco
from edge_agent.models.training.real.joint_order_aic import AIC
from edge_agent.models.training.real.joint_order_crowdpose import CROWDPOSE
from edge_agent.models.training.real.joint_order_mpii import MPII
from edge_agent.models.training.real.joint_order_ochuman import OCHUMAN
from edge_agent.models.training.real.joint_order_posetrack18 import POSETRACK18
from edge_agent.models.training.real.run_length_mask import decode_run_lengths

ORDERS = {"aic": AIC, "crowdpose": CROWDPOSE, "mpii": MPII, "ochuman": OCHUMAN, "posetrack18": POSETRACK18}
ABSENT_JOINT = (0.0, 0.0, ABSENT)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_every_joint_lands_under_its_own_name(order):
    joints = [(10.0 * n + 5, 20.0 * n + 5, max(order.flags)) for n in range(len(order.names))]
    keypoints = to_coco(order, joints)
    for name, index in INDEX.items():
        if name in order.names:
            n = order.names.index(name)
            expected = (10.0 * n + 5 - order.origin_px, 20.0 * n + 5 - order.origin_px, VISIBLE)
            assert keypoints[index] == expected
        else:
            assert keypoints[index] == ABSENT_JOINT


@pytest.mark.parametrize(("order", "count"), [(AIC, 12), (CROWDPOSE, 12), (MPII, 12), (OCHUMAN, 17), (POSETRACK18, 15)])
def test_what_a_set_lacks_is_absent_and_the_neck_is_dropped(order, count):
    keypoints = to_coco(order, [(1.0, 1.0, 1)] * len(order.names))
    assert sum(flag != ABSENT for _, _, flag in keypoints) == count


def test_hidden_joints_stay_hidden():
    joints = [(1.0, 1.0, 2)] * 14
    joints[CROWDPOSE.names.index("left_knee")] = (7.0, 8.0, 1)
    assert to_coco(CROWDPOSE, joints)[INDEX["left_knee"]] == (7.0, 8.0, OCCLUDED)


def test_another_number_of_joints_is_refused():
    with pytest.raises(ValueError, match="13 joints"):
        to_coco(AIC, [(0.0, 0.0, 2)] * 13)


def test_mpii_counts_pixels_from_one(tmp_path):
    joints = [[1.0, 1.0]] * 16
    entry = {"image": "1.jpg", "joints": joints, "joints_vis": [1] * 15 + [0], "scale": 1.0, "center": [0, 0]}
    (tmp_path / "test_mpii.json").write_text(json.dumps([entry]), encoding="utf-8")
    (picture,) = read_human_ground_truth(tmp_path)
    assert picture.path == tmp_path / "mpii_1.jpg"
    assert picture.persons[0].keypoints[INDEX["right_ankle"]] == (0.0, 0.0, VISIBLE)
    assert picture.persons[0].keypoints[INDEX["left_wrist"]] == ABSENT_JOINT


def test_crowds_and_persons_without_a_joint_are_ignored_not_background(tmp_path):
    keypoints = [5.0, 6.0, 1] * 17
    content = {
        "images": [{"id": 1, "file_name": "a/b.jpg", "ignore_regions_x": [[3, 9, 5]], "ignore_regions_y": [[2, 4, 8]]}],
        "annotations": [
            {"image_id": 1, "bbox": [1, 2, 3, 4], "keypoints": keypoints},
            {"image_id": 1, "bbox": [10, 20, 30, 40], "keypoints": [0, 0, 0] * 17},
        ],
    }
    (tmp_path / "test_posetrack18_val.json").write_text(json.dumps(content), encoding="utf-8")
    (picture,) = read_human_ground_truth(tmp_path)
    assert picture.path.name == "posetrack18_a_b.jpg"
    assert [person.box_px for person in picture.persons] == [(1, 2, 4, 6)]
    assert picture.ignore_px == ((10, 20, 40, 60), (3, 2, 9, 8))


def test_broken_ground_truth_says_which_file(tmp_path):
    (tmp_path / "test_aic.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"test_aic\.json"):
        list(read_human_ground_truth(tmp_path))


def test_run_lengths_go_down_the_columns():
    mask = decode_run_lengths({"size": [3, 2], "counts": [1, 2, 1, 2]})
    assert mask.tolist() == [[False, False], [True, True], [True, True]]


def test_run_lengths_as_text():
    # 1, 2, 1 as they are; from the fourth on the difference to the run before the last: 2 - 2 = 0.
    assert decode_run_lengths({"size": [3, 2], "counts": "1210"}).sum() == 4


def test_run_lengths_must_fill_the_mask():
    with pytest.raises(ValueError, match="3 x 2"):
        decode_run_lengths({"size": [3, 2], "counts": [1, 2]})
