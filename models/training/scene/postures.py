"""The postures that acts are made of."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.models.training.scene.posture import Arm, Foot, Leg, Posture

HANGING = Arm()
ON_HIP = Arm(flexion=-18.0, abduction=48.0, twist=45.0, elbow=105.0, pronation=20.0, wrist=20.0)
FOLDED = Arm(flexion=28.0, abduction=5.0, twist=62.0, elbow=105.0, pronation=20.0, wrist=5.0, protraction=8.0)
IN_POCKET = Arm(flexion=-14.0, abduction=20.0, twist=10.0, elbow=48.0, pronation=10.0, wrist=0.0)
BEHIND_BACK = Arm(flexion=-40.0, abduction=10.0, twist=55.0, elbow=65.0, pronation=0.0, wrist=10.0)
AT_EAR = Arm(flexion=45.0, abduction=30.0, twist=10.0, elbow=142.0, pronation=-10.0, wrist=0.0)
PHONE_IN_FRONT = Arm(flexion=25.0, abduction=8.0, twist=30.0, elbow=95.0, pronation=-30.0, wrist=0.0)
CARRYING = Arm(flexion=22.0, abduction=10.0, twist=8.0, elbow=85.0, pronation=-20.0, wrist=0.0, protraction=5.0)
CARRYING_LOW = Arm(flexion=18.0, abduction=8.0, twist=5.0, elbow=35.0, pronation=0.0, wrist=10.0)
AT_BENCH = Arm(flexion=35.0, abduction=12.0, twist=18.0, elbow=70.0, pronation=40.0, wrist=0.0)
PUSHING = Arm(flexion=62.0, abduction=12.0, twist=15.0, elbow=42.0, pronation=50.0, wrist=-50.0, protraction=10.0)
OVERHEAD = Arm(flexion=150.0, abduction=15.0, twist=0.0, elbow=25.0, pronation=20.0, wrist=-10.0)
POINTING = Arm(flexion=82.0, abduction=18.0, twist=0.0, elbow=6.0, pronation=40.0, wrist=0.0)
WAVING = Arm(flexion=20.0, abduction=110.0, twist=-80.0, elbow=70.0, pronation=0.0, wrist=0.0)
BRACING = Arm(flexion=85.0, abduction=20.0, twist=10.0, elbow=40.0, pronation=40.0, wrist=-55.0)

STAND = Posture()
WIDE = replace(STAND, feet=(Foot(outward_m=0.12, out_deg=14.0), Foot(outward_m=0.12, out_deg=14.0)))
SPLIT = (Foot(forward_m=0.24, outward_m=0.02), Foot(forward_m=-0.24, outward_m=0.03, out_deg=20.0))

STOOP_ARM = Arm(flexion=88.0, abduction=6.0, twist=5.0, elbow=18.0, pronation=0.0, protraction=10.0)
STOOP = Posture(
    lean=(52.0, 0.0, 0.0), trunk=(38.0, 0.0, 0.0), head=(-5.0, 0.0, 0.0), left=STOOP_ARM, right=STOOP_ARM,
    shift_m=(-0.17, 0.0, -0.035),
)  # fmt: skip
SQUAT_ARM = Arm(flexion=62.0, abduction=8.0, twist=0.0, elbow=18.0, pronation=0.0, protraction=10.0)
SQUAT_FEET = (Foot(outward_m=0.10, out_deg=18.0, heel_deg=6.0), Foot(outward_m=0.10, out_deg=18.0, heel_deg=6.0))
SQUAT = Posture(
    lean=(30.0, 0.0, 0.0), trunk=(22.0, 0.0, 0.0), head=(-28.0, 0.0, 0.0), left=SQUAT_ARM, right=SQUAT_ARM,
    shift_m=(-0.16, 0.0, -0.48), feet=SQUAT_FEET,
)  # fmt: skip
CROUCH_ARM = Arm(flexion=55.0, abduction=10.0, twist=25.0, elbow=75.0, pronation=40.0)
CROUCH_FEET = (Foot(outward_m=0.07, out_deg=14.0, heel_deg=35.0), Foot(outward_m=0.07, out_deg=14.0, heel_deg=35.0))
CROUCH = Posture(
    lean=(8.0, 0.0, 0.0), trunk=(32.0, 0.0, 0.0), head=(-18.0, 0.0, 0.0), left=CROUCH_ARM, right=CROUCH_ARM,
    shift_m=(-0.06, 0.0, -0.63), feet=CROUCH_FEET,
)  # fmt: skip
HALF_KNEEL = Posture(
    lean=(4.0, 0.0, 0.0), trunk=(12.0, 0.0, 0.0), head=(-8.0, 0.0, 0.0), left=AT_BENCH, right=AT_BENCH,
    shift_m=(-0.04, 0.0, -0.44),
    feet=(Foot(forward_m=0.36, outward_m=0.04), Foot(forward_m=-0.48, outward_m=0.02, heel_deg=62.0)),
)  # fmt: skip
KNEEL_LEG = Leg(hip=8.0, abduction=6.0, twist=0.0, knee=98.0, ankle=-45.0)
KNEEL = Posture(
    lean=(3.0, 0.0, 0.0), trunk=(14.0, 0.0, 0.0), head=(-8.0, 0.0, 0.0), left=AT_BENCH, right=AT_BENCH,
    legs=(KNEEL_LEG, KNEEL_LEG), shift_m=(0.1, 0.0, 0.0),
)  # fmt: skip
SIT_ARM = Arm(flexion=32.0, abduction=8.0, twist=15.0, elbow=55.0, pronation=50.0)
SIT_FEET = (Foot(forward_m=0.02, outward_m=0.05), Foot(forward_m=0.02, outward_m=0.05))
SIT = Posture(
    lean=(-6.0, 0.0, 0.0), trunk=(16.0, 0.0, 0.0), head=(-8.0, 0.0, 0.0), left=SIT_ARM, right=SIT_ARM,
    shift_m=(-0.40, 0.0, -0.38), feet=SIT_FEET,
)  # fmt: skip

ALL_FOURS_ARM = Arm(flexion=80.0, abduction=6.0, twist=5.0, elbow=8.0, pronation=30.0, wrist=-65.0)
ALL_FOURS_LEG = Leg(hip=82.0, abduction=5.0, twist=0.0, knee=92.0, ankle=-45.0)
ALL_FOURS = Posture(
    lean=(82.0, 0.0, 0.0), trunk=(2.0, 0.0, 0.0), head=(-35.0, 0.0, 0.0),
    left=ALL_FOURS_ARM, right=ALL_FOURS_ARM, legs=(ALL_FOURS_LEG, ALL_FOURS_LEG),
)  # fmt: skip

LIE_LEG = Leg(hip=2.0, abduction=8.0, twist=-15.0, knee=5.0, ankle=-30.0)
PRONE = Posture(
    lean=(90.0, 0.0, 0.0), trunk=(-3.0, 0.0, 0.0), head=(-8.0, 0.0, 45.0),
    left=Arm(flexion=-6.0, abduction=85.0, twist=-85.0, elbow=80.0, pronation=20.0),
    right=Arm(flexion=-6.0, abduction=110.0, twist=-85.0, elbow=55.0, pronation=20.0),
    legs=(replace(LIE_LEG, ankle=-48.0), replace(LIE_LEG, abduction=14.0, knee=14.0, ankle=-48.0)), liveliness=0.0,
)  # fmt: skip
SUPINE = Posture(
    lean=(-90.0, 0.0, 0.0), trunk=(4.0, 0.0, 0.0), head=(8.0, 0.0, 20.0),
    left=Arm(flexion=-8.0, abduction=40.0, twist=-10.0, elbow=25.0, pronation=10.0),
    right=Arm(flexion=-8.0, abduction=55.0, twist=-20.0, elbow=50.0, pronation=10.0),
    legs=(replace(LIE_LEG, hip=6.0, knee=8.0), replace(LIE_LEG, hip=22.0, knee=42.0, ankle=-20.0)), liveliness=0.0,
)  # fmt: skip
ON_LEFT_SIDE = Posture(
    lean=(-90.0, 0.0, 90.0), trunk=(18.0, 0.0, 0.0), head=(10.0, 8.0, 0.0),
    left=Arm(flexion=75.0, abduction=-12.0, twist=-5.0, elbow=60.0, pronation=20.0, protraction=22.0),
    right=Arm(flexion=55.0, abduction=5.0, twist=30.0, elbow=70.0, pronation=30.0),
    legs=(Leg(hip=25.0, abduction=0.0, knee=35.0, ankle=-20.0), Leg(hip=50.0, abduction=-4.0, knee=70.0, ankle=-20.0)),
    liveliness=0.0,
)  # fmt: skip
ON_RIGHT_SIDE = replace(
    ON_LEFT_SIDE, lean=(-90.0, 0.0, -90.0), head=(10.0, -8.0, 0.0),
    left=ON_LEFT_SIDE.right, right=ON_LEFT_SIDE.left, legs=ON_LEFT_SIDE.legs[::-1],
)  # fmt: skip
