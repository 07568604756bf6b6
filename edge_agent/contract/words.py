"""What evidence and its words mean to a subscriber. Tests hold this against what the rules write."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A name or a word that subscribers read, and what it means."""

    name: str
    meaning: str


EVIDENCE = (
    Word("trunk_inclination_deg", "the trunk against upright: 0 standing, 90 lying across, 180 upside down"),
    Word("trunk_rate_deg_s", "how fast the trunk tipped over"),
    Word("drop_h", "how far the shoulders came down"),
    Word("hip_descent_h_s", "how fast the hips came down"),
    Word("hip_height_h", "the hips above the ankles: about 0.5 standing"),
    Word("hand_height_h", "the lower hand above the ankles"),
    Word("box_collapse", "share of the person's height in the picture that was lost at once"),
    Word("lying_ratio", "share of the time in which the person looked as if lying"),
    Word("motion_h_s", "how much anything of the person moved"),
    Word("against_h_s", "how fast the person walked against the arrow"),
    Word("upper_arm_elevation_deg", "the upper arm from hanging (0) to overhead (180)"),
    Word("neck_flexion_deg", "the head against the trunk: 0 for an upright head"),
    Word("bend_count", "how often the person bent down within the window"),
    Word("raise_count", "how often both arms were raised within the window"),
    Word("arm_raise_count", "how often the busier arm was raised within the window"),
    Word("unobserved_s", "seconds of the incident in which nobody could tell; on any rule"),
    Word("resolved", "on `cleared`: how it ended; see below"),
    Word("stage", "on rules that confirm: `suspected` or `confirmed`; see below"),
    Word("by", "on `audit`, `snooze` and `self_test`: the key that signed the command"),
    Word("command", "on `audit`: the command that was obeyed"),
    Word("subject", "on `audit`: what the command was about"),
    Word("snoozed_rule", "on `snooze`: the rule, or `all`"),
    Word("snooze_reason", "on `snooze`: what the person who asked for it gave as the reason"),
    Word("asked_s", "on `snooze`: for how long it was asked for"),
    Word("reason", "on `blind`: why nobody could be seen; see below"),
)
"""Names of evidence that are published."""

NEVER_PUBLISHED = frozenset({"floor_speed_m_s"})
"""Names that rules write and that no device sends: metres tell how people are built and walk."""

OF_RULE: dict[str, tuple[str, ...]] = {
    "fall": ("trunk_inclination_deg", "drop_h", "trunk_rate_deg_s", "hip_descent_h_s", "box_collapse", "stage"),
    "sos_gesture": ("raise_count",),
    "lost_while_falling": ("trunk_inclination_deg", "hip_descent_h_s", "motion_h_s"),
    "slow_collapse": ("trunk_inclination_deg", "drop_h", "motion_h_s"),
    "man_down": ("trunk_inclination_deg", "lying_ratio", "motion_h_s"),
    "immobile": ("motion_h_s",),
    "wrong_way": ("against_h_s",),
    "near_fall": ("drop_h", "hip_descent_h_s"),
    "bend_hold": ("trunk_inclination_deg",),
    "arm_hold": ("upper_arm_elevation_deg",),
    "overhead_reach": ("upper_arm_elevation_deg",),
    "neck_hold": ("neck_flexion_deg",),
    "squat_kneel": ("hip_height_h",),
    "stoop_lift": ("trunk_inclination_deg", "hand_height_h"),
    "bend_rate": ("bend_count",),
    "repetition": ("arm_raise_count",),
    "cancel_gesture": ("upper_arm_elevation_deg",),
    "blind": ("reason",),
    "audit": ("command", "by", "subject"),
    "self_test": ("by",),
    "snooze": ("by", "snooze_reason", "snoozed_rule", "asked_s"),
}
"""Evidence of each rule besides `resolved` and `unobserved_s`, which any rule may give."""

RESOLVED = (
    Word("recovered", "seen to end: somebody got up, or the camera sees again"),
    Word("ended", "seen to end: the condition no longer holds"),
    Word("unseen", "it could not be judged for so long that nobody knows: the verdict is `indeterminate`, not `no`"),
    Word("config_changed", "its rule or zone was taken out of the configuration"),
    Word("schedule", "its zone's shift ended"),
    Word("cancelled", "the person signalled that no help is needed"),
    Word("expired", "on `snooze`: its time is over"),
    Word("replaced", "on `snooze`: another one of the same place took its place"),
    Word("passed", "on `self_test`: everything was found well"),
    Word("not_passed", "on `self_test`: something was not; the answer to the command says what"),
    Word("agent_restarted", "the agent was restarted; whoever still lies there is raised anew"),
)
STAGES = (
    Word("suspected", "raised early, to save seconds: look, and wait for the next phase before you wake a hall"),
    Word("confirmed", "an `updated` phase of the same incident: it has lasted long enough to be sure"),
)
REASONS = (
    Word("dark", "too dark for anybody to be seen"),
    Word("covered", "something is before the lens"),
    Word("defocused", "out of focus, or dirty"),
    Word("frozen", "the same picture again and again"),
    Word("moved", "the camera points elsewhere: its zones are no longer where they were drawn"),
)
