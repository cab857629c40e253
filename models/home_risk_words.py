"""What the model card of home-risk says in words."""

HEAD = """# Model card: home-risk {version}

Three indices from 0 to 100 that rank homes: `fire_start` (that a fire starts), `fire_harm` (that
a fire harms somebody) and `fall` (that the person falls), made of the answers of the fire and
fall lists and of the ten observations, whoever gave them and whatever a device filled in. **They
are not validated on outcomes, are no probabilities, and never set a level.** Levels come from the
checklists' points and open criticals alone.

- Form: additive. Each answer adds a fixed log odds to an index; the index is 100 x sigmoid of the
  sum. Index 50 is the average home under the assumed shares below.
- Fire: Ignition x Detection x Escape. A product of odds is a sum of log odds, so the three parts
  add up: `fire_start` is the part *ignition*, `fire_harm` is *ignition* + *detection* + *escape*.
  Ability to get out (`escape`: able, maybe, unable within 2-3 minutes, not assessed) is an input
  of its own. The contributions to an index, with its intercept, add up to its log odds exactly.
- Training: none. The weights are published odds ratios and relative risks and, where there is
  none, proposals of this project that are marked as such; all multiplied by {shrink} (see
  "Shrinking").
- Not known weighs as the worst it could be, so that no refusal and no skipped question ranks a
  home lower. Each index is told with its floor (all that is not known taken as in order), and the
  model says which features it had to do without. A home of which too little is known has no index
  shown.
- Monotone: a worse answer never lowers an index.
- Created {created}. Licence {licence}.

## Use

For the attention of home-care and rescue professionals who plan visits: which homes to look at
first, and which answers weigh most. Home-safety observation and service planning.

Not for: a probability of fire, death or a fall; setting, lowering or delaying a level or an
alert; granting, cutting or pricing a service; comparing persons. It is no alarm and no medical
device.

![The most that each answer adds](contributions.svg)
"""

BEFORE = """## Weights as published, before shrinking

A value counts where the study's comparison is made: Ballard compares being hurt in a fire with
not (`fire_harm`); Runyan, Marshall and Warda compare what happens once it burns (`fire_harm` less
`fire_start`); the others compare falling with not (`fall`). Each published value is reproduced
there within 5 %, as the graph itself computes it. An interval in brackets is an assumption, like
its value. "not read": the interval stands in the study, not in what was read of it.
"""

AFTER = """## Weights as shipped, after shrinking

Ratio, and log odds in brackets. The shares are assumptions unless a source is named; they place
index 50, and never change the order of two homes that are known.
"""

SHRINKING = """## Shrinking

The published values describe one factor at a time, or a few adjusted for each other. In real
homes they go together: who is frail in one way is in others, who lives alone more often drinks
and smokes. Adding them as they stand counts the same frailty several times over and gives
differences that no follow-up study of older people at home has found. All log odds are therefore
multiplied by {shrink}. The order of the levels within a feature does not change.
"""

SYNTHETIC = """## Checked on a SYNTHETIC cohort

{persons} made-up persons (seed {seed}) whose factors share a common frailty (Gaussian copula,
correlation {frailty}), of whom {fallen} % fall in a year, by these very weights. **A model that
is checked on it can only show that it computes what its weights say.** What the check is worth:
weights that together claim more than {refused} are refused by the build, since no follow-up study
of older people at home has seen so far (0.56-0.71 where a published calculator was tried in four
cohorts). As published, without shrinking, these weights would claim {unshrunk}.

For fires no outcome is made up, only an order, by a formula with what an additive model cannot
say: a guard matters where cooking is forgotten, an undetected fire shortens the time to get out.
"""

AFTER_SYNTHETIC = """
Whole points lose {whole} of the area, the fall list's own points {listed}: they give a hazard of
the home more than was ever measured. Where the model is missing, points are a fair guide. There
are no subgroups by age or sex, since neither is asked or made up.

![SYNTHETIC: told against seen](reliability.svg)
"""

SENSITIVITY = """## Sensitivity

What one hazard makes of an average home's 50, over the interval of its weight:

![Index of an average home with one hazard](sensitivity.svg)

And all weights at once, drawn {draws} times from their intervals, over {homes} SYNTHETIC homes;
median, and 95 % of the draws:

![SYNTHETIC: how firm the order of homes is](rank_stability.svg)
"""

LIMITS = """## Limits

- No outcome data: residential fires are about one per 1,000 dwellings a year, deaths about one
  per 100,000 people; a home-care customer base is too small to learn from, or to validate on.
  Falls are common enough: a pilot that logs them, with consent, could validate `fall`.
- Two North Carolina studies and one from King County, of fires of the 1980s, carry the published
  fire weights. Building stock, cigarettes and alarms have changed since, and Finland is not
  there.
- Most of what makes a fire start (cooker, electricity, heaters, flames, earlier fires, memory)
  has no published ratio that fits: those weights are proposals of this project. Rank by
  `fire_start` with that in mind.
- Most levels are proxies: the studies asked something near, not the same (first table). Several
  fall values were read in a summary, not in the study.
- Alarms helped less where somebody was impaired (Runyan), a guard helps where cooking is
  forgotten: the additive form cannot say so. It keeps the formula's order as told above.
- Older people have fewer fires and die in them more often: `fire_harm` ranks, `fire_start`
  explains.
- Half of the people in home care fall in a year, and of the SYNTHETIC tenth that ranks lowest
  still one in four or five. A low `fall` never says "safe".
- The environment weighs little in `fall`, because it predicts little; every hazard still has its
  action in the list.
"""
