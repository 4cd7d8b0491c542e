"""The words by which maintainers name work, and what is no work. All lower case, hyphens written as blanks."""


def _any_of(words: str, separator: str = "|") -> frozenset[str]:
    return frozenset(words.split(separator))


def _reasons(words_of: dict[str, str]) -> dict[str, str]:
    """The reason for each word."""
    return {word: why for why, words in words_of.items() for word in words.split("|")}


#: Words that start an item or a heading which names a piece of work, and hardly ever anything else.
WORK_VERBS = _any_of(
    "add allow audit automate backfill build bump clean configure connect convert create decide define delete"
    " deploy deprecate detect disable document drop emit enable ensure evaluate expose extend extract finalize"
    " fix generate handle harden implement improve instrument integrate introduce investigate launch make"
    " measure merge migrate monitor move normalize notify optimize parse persist port prepare prevent provide"
    " provision publish refactor remove rename render replace restrict retire rewrite roll rotate secure send"
    " ship simplify speed split standardize store support switch sync teach track translate tune unify update"
    " upgrade validate verify wire write",
    " ",
)
#: The same, but as the first word of a heading they are as often a noun.
OTHER_VERBS = _any_of(
    "benchmark cache change check collect cut design log model package plan profile prototype release research"
    " reset review schedule select set show test train use adopt announce assign bring choose compile"
    " consolidate cover describe discuss draft establish explore export find gather hook identify import list"
    " load lock look mark map mock open pin profile propose reduce register reproduce run scope set stop"
    " survey turn wrap",
    " ",
)
IMPERATIVES = WORK_VERBS | OTHER_VERBS
#: As the first word of a heading these are as often a noun: "Support matrix", "Update of 3 May".
_HEADING_NOUNS = _any_of("support|store|track|monitor|measure|launch|port|update|audit|drop|switch|sync")
#: First words of the steps somebody is to follow at a screen.
HOW_TO_VERBS = _any_of(
    "click|press|open|go|goto|navigate|type|see|visit|tap|scroll|observe|notice|hover|enter|log|sign|wait"
)
HEADING_VERBS = WORK_VERBS - _HEADING_NOUNS

#: Anywhere in a heading: what stands below is work, piece by piece.
WORK_PHRASES = _any_of(
    "tasks|task list|tasklist|todo|todos|to do|to dos|work|work item|work items|workitems|work breakdown"
    "|breakdown|workstreams|work packages|subtasks|sub tasks|sub issues|subissues|child issues|children"
    "|user stories|stories|tickets|deliverables|milestones|phases|action items|backlog|checklist|roadmap"
    "|next steps|remaining|implementation|implementation steps|migration steps|plan|pieces"
    "|what needs to be done|what needs to happen|what we need to do|what to do|what has to be done"
)
#: The whole heading: work, unless something more explicit is there.
WEAK_HEADINGS = _any_of(
    "scope|in scope|steps|actions|task|features|feature list|parts|components|changes|proposed changes|what"
    "|issues|what is left|whats left|requirements|proposal|approach|proposed solution|solution"
)
#: Anywhere in a heading: nothing below becomes a child, and this is why.
LEFT_OUT_PHRASES = _reasons(
    {
        "acceptance criteria, not work": (
            "acceptance criteria|acceptance criterion|acceptance conditions|acceptance checklist"
        ),
        "definition of done, not work": (
            "definition of done|done when|exit criteria|done criteria|completion criteria|quality gates"
        ),
        "definition of ready, not work": "definition of ready",
        "a success metric, not work": (
            "success metrics|success metric|success criteria|success measures|measures of success"
            "|how we measure|key results"
        ),
        "a non-goal": "non goal|non goals|nongoals|anti goals|not goals",
        "out of scope": (
            "out of scope|not in scope|outside the scope|not part of|not included|not doing|not planned"
            "|will not do|wont do|wont fix|we wont"
        ),
        "steps of a how-to, not work": (
            "steps to reproduce|to reproduce|reproduction|test plan|how to|howto|getting started"
        ),
        "related, not part of this epic": "see also|further reading|prior art|prior work|previous work",
        "later work, not part of this epic": "future work|future ideas|parking lot",
        "an alternative, not work": "alternatives considered",
    }
)
#: Those of them that may as well describe a noun ("Success metrics dashboard", "Quality gates checker").
DESCRIBING_PHRASES = _any_of(
    "quality gates|success metrics|success metric|key results|test plan|getting started|further reading|prior art"
    "|future ideas|parking lot|reproduction"
)
#: … unless one of these follows, which adds nothing.
LISTING_WORDS = _any_of("list|checklist|criteria|steps|section|items|for|of|in|per|and|or|to|on|with|by|we|are|is")
#: The whole heading, or its first part ("Context: …", "Roles and responsibilities"): nothing below becomes a child.
#: With something else joined to it ("Labels and milestones", "History, undo and redo") only boxes do.
LEFT_OUT_HEADINGS = _reasons(
    {
        "acceptance criteria, not work": "acceptance",
        "a constraint, not work": "constraints|constraint|assumptions|limitations|invariants",
        "context, not work": (
            "context|motivation|background|why|rationale|history|problem|problem statement|introduction"
            "|intro|current state|current behavior|current behaviour|status quo|expected behavior"
            "|expected behaviour|actual behavior|actual behaviour|user impact|impact|log output|stack trace"
            "|screenshots|faq"
        ),
        "related, not part of this epic": (
            "references|reference|links|resources|related|relates to|refs|reading|documents|useful links"
            "|documentation links|designs|prior discussion|discussion|discussions"
        ),
        "a role, not work": (
            "roles|responsibilities|team|owners|stakeholders|people|contacts|raci|reviewers|participants|who"
            "|working group|dri|roles and responsibilities|ownership|approvers"
        ),
        "a legend, not work": (
            "legend|key|status key|glossary|terminology|terms|definitions|conventions|icons|emoji key"
            "|status legend|labels"
        ),
        "steps of a how-to, not work": (
            "repro|reproducing|usage|instructions|installation|running locally|local setup|manual testing"
            "|steps to verify|how it works|quick start"
        ),
        "an example, not work": "example|examples|sample|samples|e g",
        "a template, not work": "template|templates|issue template",
        "a success metric, not work": "kpi|kpis|okr|okrs",
        "later work, not part of this epic": "deferred|postponed",
        "given up": "cancelled|canceled|dropped|rejected|abandoned|superseded",
        "an alternative, not work": "alternatives|options|options considered|trade offs",
    }
)
#: Anywhere in a heading: boxes below count, plain items do not.
BOXES_ONLY_PHRASES = _reasons({"acceptance criteria, not work": "acceptance"})
#: Of LEFT_OUT_HEADINGS, what parts of a product are called, too: "Labels: support colours" is work.
PART_NAMES = _any_of(
    "history|screenshots|references|reference|links|resources|reading|documents|designs|discussion|discussions"
    "|roles|team|owners|people|contacts|reviewers|participants|ownership|key|glossary|terms|definitions|conventions"
    "|icons|labels|usage|instructions|installation|samples|template|templates|options"
)
#: First words that make the whole heading one of the above, if nothing but these words follow …
TOLD_ELSEWHERE = _any_of(
    "issue|issues|ticket|tickets|task|tasks|subtask|subtasks|list|checklist|item|items|epic|epics|child|children|pr|prs"
    "|pulls|requests|work|link|links|discussion|discussions|thread|threads|doc|docs|documents|reading|material"
    "|resources|description|text|post|report|request|body|comment|message|attempt|attempts|format|output|input|usage"
)
#: … or one of these comes right behind; else ("Template engine", "Related posts feature") boxes below count.
TOLD_BY_NEXT_WORD = _any_of("of|to|this|these|it|we|now|is|are|do|does|did|not|the|a|an")
LEFT_OUT_STARTS = _reasons(
    {
        "related, not part of this epic": "related|previous",
        "an example, not work": "example|examples of|sample",
        "context, not work": "why",
        "a legend, not work": "legend",
        "quoted: somebody else's words": "original|quoted|quote from",
        "a template, not work": "template",
    }
)
#: Summaries of a fold that holds what somebody said elsewhere.
QUOTING_SUMMARIES = _any_of(
    "quote|quotes|quoted|original|transcript|email|mail|thread|slack|conversation|chat|said|wrote|log|logs|old"
    "|previous|output|trace|stacktrace"
)
#: The whole heading or its first part: boxes count, plain items and references do not.
SIDE_HEADINGS = _reasons(
    {
        "a dependency, not work of this epic": (
            "dependencies|depends on|blocked by|blockers|blocks|prerequisites|requires|external dependencies"
        ),
        "a goal, not work": "goals|goal|objectives|objective|vision|outcomes|benefits|metrics",
        "a question or risk, not work": "risks|risk|open questions|questions|unknowns|concerns",
        "a note, not work": "notes|note|remarks|considerations|decisions|design|architecture|design decisions|updates",
        "wished for, but nobody's task yet": (
            "later|future|not now|someday|nice to have|nice to haves|"
            "stretch|stretch goals|follow ups|follow up|followups|ideas"
        ),
    }
)
#: Last words of a heading that make it one of these: "Implementation notes".
SIDE_ENDINGS = _any_of("notes|details|questions|considerations|decisions|risks")
#: Headings over what has been done already.
DONE_HEADINGS = _any_of("done|completed|finished|shipped|already done|complete|landed")

#: Column heads of a table whose rows are work, and of one that says how far the work is.
TASK_COLUMNS = _any_of(
    "task|tasks|work item|work items|todo|to do|issue|issues|story|stories|user story|deliverable|deliverables"
    "|subtask|sub issue|sub task|child|child issue|action|action item|ticket|work|work package|step|piece"
    "|piece of work|milestone|phase|workstream|job"
)
WEAK_COLUMNS = _any_of("item|items|feature|description|title|name|component|what|change|area|part|summary")
#: First columns of tables that are no work, whatever heading they stand under.
OTHER_COLUMNS = _any_of(
    "option|role|person|who|owner|risk|metric|symbol|term|alternative|environment|question|criterion|criteria|date"
    "|decision|key|example|field|parameter|variable|endpoint|week|goal|constraint|dependency|team|status|version"
)
STATUS_COLUMNS = _any_of("status|state|done|progress|done?|completed|complete|stage")
#: "#" is one, too, where there is no other: it may as well be an ordinal.
REFERENCE_COLUMNS = _any_of("issue|issues|ticket|ref|reference|link|tracking issue|github issue|tracked in|sub issue")
PULL_COLUMNS = _any_of("pr|prs|pull request|pull requests")
DONE_STATES = _any_of("done|complete|completed|finished|closed|merged|shipped|landed|released|yes|x|[x]|✅|✔|☑|100%")
GIVEN_UP_STATES = _any_of(
    "cancelled|canceled|dropped|wont do|wontfix|rejected|deferred|abandoned|out of scope|postponed|skipped"
    "|not planned|descoped|superseded|obsolete|duplicate"
)
#: Items that stand where work will be written one day.
PLACEHOLDERS = _any_of(
    "tbd|tba|todo|to do|task|tasks|item|subtask|sub task|n a|na|none|nothing|more|etc|and so on|wip"
    "|placeholder|your task here|add your task here|add task here|add more tasks|add tasks here|task name"
    "|task description|describe the task|title|name|example|example task|sample task|first task|second task"
    "|third task|another task|new task|some task|lorem ipsum|foo|bar|baz|xxx|insert task here|no response"
    "|to be defined|to be determined|to be decided|fill in|fill me in|sub issue|sub task title|task title"
    "|description|story|first item|second item|more to come|other tasks|add more|add more as needed"
)
#: Slash commands of ours and of other bots that are often written with arguments.
COMMANDS = _any_of(
    "decompose|plan|undo|why|triage|retry|assign|unassign|label|unlabel|remove-label|close|reopen|lgtm|approve|hold|cc"
    "|test|retest|kind|priority|area|rebase|merge|stop|resume|help|status|milestone|lock|duplicate|backport"
)
#: How confirmations in an issue form begin.
CONFIRMATIONS = (
    "i have ",
    "i ve ",
    "i agree",
    "i am ",
    "i m ",
    "i understand",
    "i confirm",
    "i searched",
    "i checked",
    "i would ",
    "i want to ",
    "i will ",
    "i read ",
    "i accept",
)
