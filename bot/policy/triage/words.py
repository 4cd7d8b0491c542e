"""The words by which reports are recognised. English; every pattern is linear (bounded gaps, no nested repeats)."""

import re

_I = re.IGNORECASE

#: A failure that is wrong whatever was expected: nobody expects a crash.
HARD_FAILURE = re.compile(
    r"\b(?:crash(?:es|ed|ing)?|traceback|stack ?trace|exceptions?|segfaults?|segmentation fault|panics?"
    r"|panicked|core dump(?:ed)?"
    r"|hangs?|hung|freezes?|froze|frozen|deadlocks?|infinite loop|data loss|out of memory|OOM|memory leak"
    r"|unhandled|uncaught"
    r"|(?-i:[A-Za-z]{2,40}(?:Error|Exception))|(?-i:E[A-Z]{4,12})|exit(?:s|ed)? (?:with )?(?:code "
    r"|status )?-?[1-9]\d*"
    r"|(?:HTTP|status|returns?|got|get|gets|answers?|with|an?|code) (?:code )?5\d\d|5\d\d (?:error|internal"
    r"|bad gateway|response)"
    r"|blank (?:page|screen)|white screen|blue screen|time[sd]? ?out|timeouts?|loses? (?:my|the|all)|lost (?:my"
    r"|the|all)"
    r"|assert(?:ion)?|stuck|never (?:returns?|finish(?:es)?|ends?|stops?|loads?|starts?|comes?))\b",
    _I,
)
#: Words by which a person says that something is broken.
SAYS_BROKEN = re.compile(
    HARD_FAILURE.pattern + r"|^(?:problems?|issues?|troubles?) with\b|\b(?:bugs?|regression|broken|breaks|broke"
    r"|fail(?:s|ed|ing|ure|ures)?|faulty|flaky|errors?|(?:is|are|very|too|so|really|extremely|super) slow"
    r"|slowly|sluggish"
    r"|malfunction\w*|glitch(?:es)?"
    r"|wrong(?:ly)?|incorrect(?:ly)?|unexpected(?:ly)?|invalid|corrupt(?:s|ed|ion)?|garbled|duplicated|ignored"
    r"|(?:does|do|did|is|was|are|were|has|have|would|could|ca|wo)(?: not|n['’]?t) (?:\w+ )?(?:work|start|load"
    r"|open|run|respond|save|show"
    r"|display|update|render|compile|build|install|connect|happen|appear|trigger|fire|return|stop|close|send"
    r"|receive|accept"
    r"|working|loading|starting|showing|responding|saved|shown|sent|updated|recogni[sz]ed|found|applied|called"
    r"|honou?red)"
    r"|doesnt work|dont work|cannot|can(?:['’]t| not)|unable to"
    r"|no longer (?!blocked|needed|waiting|necessary|used|maintained|supported)"
    r"|stopped working|not working|nothing happens"
    r"|does nothing|used to work|worked (?:before|fine|in|until)|instead of)\b",
    _I,
)
#: The same, said so clearly that a neutral title needs nothing else: no plan or specification says it.
REPORTS = re.compile(
    r"\b(?:crashed|crashes (?:when|if|on|with|at|after)|traceback \(most|(?:there(?:'s| is)|found|hit"
    r"|seems) (?:to be )?a bug|is a bug"
    r"|(?:I|we|users?|it|customers|people) (?:now |just |always |sometimes )?(?:get|gets|got|see|sees|saw"
    r"|receive|received|hit|am getting|are getting|'m getting|run into|ran into)"
    r"|(?:is|are|was|got|seems?|looks?|completely|totally) (?:broken|wrong|incorrect|stuck|corrupted|garbled"
    r"|not working)"
    r"|(?:does|do|did)(?: not|n['’]?t) work|doesnt work|not working|stopped working|no longer works"
    r"|nothing happens|does nothing|fails? with|failed with"
    r"|throws|raises|hangs|freezes|segfaults?|exits with|returns (?:HTTP )?5\d\d|an? (?:HTTP )?5\d\d\b"
    r"|(?:won['’]t|can['’]t|cannot|couldn['’]t) (?:start|open|load|log ?in|save|connect)"
    r"|should(?: not|n['’]t) (?:happen|be the case)|(?:expected|actual)(?: behaviou?r| results?| output)?:)",
    _I,
)
#: A wish, an order or a plan.
WISHES = re.compile(
    r"\b(?:feature request|i(?:'d| would) (?:like|love)|we(?:'d| would) (?:like|love)|i wish"
    r"|it would be (?:nice|great|good|helpful|useful|awesome|cool)"
    r"|would be (?:nice|great|helpful|useful)|please (?:add|support|allow|consider|implement|make)|can (?:we"
    r"|you) (?:add|have|support|get|make)"
    r"|could (?:we|you) (?:add|have|support|get|make)|we should (?:add|support|have|use|move|make|allow"
    r"|be able)|support for|ability to|as an? \w+,? i (?:want|need|would)"
    r"|i want (?:to be able|a )|proposal|i propose|suggestion|should be able to|should be possible"
    r"|currently there is no|there is no way|enhancement)\b",
    _I,
)
#: First words of a title that orders something to be built, and of one that orders upkeep.
BUILDS = re.compile(
    r"(?:please )?(?:add|allow|support|implement|introduce|enable|provide|extend|improve|let|create|expose"
    r"|offer|collect|alert|notify|warn|build|show|include|make)\b",
    _I,
)
KEEPS = re.compile(
    r"(?:rotate|restart|check|remove|rename|refactor|bump|upgrade|update|move|migrate|clean|delete|drop|replace"
    r"|split|extract|write"
    r"|set up|setup|configure|switch|use"
    r"|convert|simplify|test|deprecate|reduce|speed up|optimi[sz]e|store|reuse|merge|publish|release"
    r"|investigate|measure|pin|cache|log|raise the|lower the|document|describe)\b(?!:)",
    _I,
)
#: After one of these words the sentence says that a thing broke; the first word was no order.
STATES = re.compile(
    r"(?:\w+ ){1,2}(?:broke|broken|breaks|fails|crash(?:es|ed)|hangs|failed(?= (?:with|on|in|when|after|for|"
    r"to|at)\b|\W*$)|is|are|does|doesn['’]?t|throws"
    r"|returns|shows|stopped"
    r"|not|never|takes|no longer)\b",
    _I,
)
ASKS = re.compile(
    r"(?:(?:i )?(?:can['’]?t|cannot|could(?: not|n['’]t)|unable to) (?:find|figure|understand|see how)\b"
    r"|(?:not sure|unsure|confused)"
    r"|question\b|how (?:do|can|to|should|does|would|is|are|i)\b|what (?:is|are|does|do|should|would|happens)"
    r"|why (?:is|are|does|do|did)|where (?:is|are|do|can)|when (?:is|will|does)"
    r"|which\b|who\b|can i\b|may i\b|should i\b|is it (?:possible|ok|safe)|is there (?:a|an|any)\b|are there\b"
    r"|do i\b|does (?:anyone|it|this|interlock)\b|any (?:way|plans|news)\b|help with\b|need help\b)",
    _I,
)

#: What a step begins with; not looked for in a title, where it is what somebody wants.
ORDERS = re.compile(
    r"(?:^|[\n.:,;] ?)(?:run|scroll|enter|drag|hover|resize|press|hit|type|log ?in|sign in|upload|delete|add|create"
    r"|change|choose|pick"
    r"|save|reload|refresh|switch|connect|plug|stop|start|kill|restart|import|export|open|click|select|go|set"
    r"|send) (?!work|is\b|are\b|was\b|do(?:es|esn)?\b|has\b|did|fail|crash|broke|stopp|button|page|errors?\b"
    r"|not\b|never)\w+"
    r"|(?:^|[\s`\"'])/[a-z][\w-]+(?:/[\w{}:-]+){0,9}\b",
    _I,
)
STEPS = re.compile(
    r"(?:^|[\n,.;:(] ?)(?!(?:no|some|any|every)thing|during|being|according|regarding|following|missing|working"
    r"|getting|seeing"
    r"|having|looking|trying|experiencing|receiving|facing|hoping|thinking|asking|needing)"
    r"[A-Za-z]{2,20}ing (?!to\b)[`'\"\w]"
    r"|\b(?:when(?:ever)? (?!(?:it|this|that) (?:happens|happened|occurs|will|should|started|is fixed)\b"
    r"|will\b)\w+ \w+|(?:each|every) time|everytime|always|as soon as"
    r"|every (?:run|request|start|call|build)|at (?:once|the same time)|(?:each|every|any) (?!more|way|idea|"
    r"one|body|help|news|other|user|customer|day)\w+ \w+|test_\w+|(?:on|in) CI\b|\d+ (?:of|in"
    r"|out of) (?:the )?(?:last )?\d+|(?:two|three|several|multiple|both) (?:people|users|workers|processes"
    r"|tabs|clients"
    r"|threads|requests|windows|devices|instances|jobs|servers|sessions) \w+|simultaneously|in parallel|concurrently"
    r"|twice in a row"
    r"|(?:after|while|upon|before) (?!(?:the |an? |our |my |its )?(?:last |latest |recent |new "
    r"|today's )*(?:update|upgrade|release|deploy\w*|version|all|that|this|weekend|while)\b)(?:\w+ing|i |we "
    r"|you |the |an? |\w+ \w+)"
    r"|if (?!possible|necessary|needed|any\b|so\b|not\b|this|that|it\b|anyone|someone|you need|you want)\w+ \w+"
    r"|(?:by|when|on|with) \w+ing"
    r"|(?:i|we|you|one|users?|just|then|to reproduce|by)[ ,:]+(?:then |just |simply |have to |can "
    r"|only )?(?:ran|run|click|clicked|open|opened|start|started|call|called|press|pressed|type|typed"
    r"|select|selected|install|installed|enter|entered|upload|uploaded|go|went|tried|try|send|sent|create"
    r"|created|execute|executed|paste|pasted|set|push|pushed|load|import|configured?"
    r"|visit(?:ed)?|built|build)\b"
    r"|running|clicking|opening|calling|pressing|typing|reproduc(?:e|es|ed|ible|er|tion|ing)|repro"
    r"|on (?:start-?up|launch|boot|shutdown|exit|login|load|save|submit)|at (?:start-?up|launch|boot|shutdown)"
    r"|(?:click|run|open|press|go to|navigate to|start|call|select|enter|visit|type|execute|send) (?:on |the "
    r"|an? |`|\"|'|it|any|\w+ (?:and|then|,)))",
    _I,
)
#: A command line, or a place in the code, or a chain of calls: as good as steps.
COMMAND = re.compile(
    r"(?m)^\s*(?:\$|>>>|❯|PS>|C:\\>)\s*\S|\b(?:curl|npm|npx|yarn|pip|python3?|docker|git|kubectl|cargo|go run"
    r"|make|interlock|bundle|gradle|mvn|dotnet) [\w./:-]+"
)
PLACE = re.compile(
    r"(?<![\w/])(?:[\w-]{1,60}/){0,12}[\w-]{1,80}\.(?:py|js|ts|tsx|jsx|go|rs|rb|java|kt|c|h|cc|cpp|hpp|cs|php"
    r"|swift|scala|ex|exs|sh|sql|vue|svelte|html|css|ya?ml|toml)\b(?::\d+|, line \d+|\", line \d+)?"
    r"|\b(?:line|lines|L)\s?\d+\b|(?:^|\s)at [\w.$<>]{1,120}\(|\b[\w.]{2,80}\(\)",
)
LINK_TO_REPRODUCE = re.compile(
    r"https?://\S{0,200}(?:codesandbox|stackblitz|codepen|jsfiddle|playground|repl\.it|replit|repro"
    r"|gist\.github|example|demo)",
    _I,
)

VERSION = re.compile(
    r"(?<![\w.])v?\d{1,4}\.\d{1,5}\.(?:\d{1,6}|x)(?:[-.+]?[a-z0-9]{1,20})*(?!\.?\d)"
    r"|\bv\d{1,4}(?:\.\d{1,5}){0,2}\b"
    r"|\b(?:version|release|ver\.?|v\.?|build|tag|image)[ :=@]{0,3}(?:is |was |number |used:? ?"
    r"|of \w+:? ?)?v?\d[\w.-]{0,30}"
    r"|(?<![\w.$€£#+-])(?!(?:of|shows?|is|was|were|be|are|gives?|got|gets?|total|sum|price|than|by|about|around"
    r"|takes?|took|only|for|costs?|and|or|values?|equals?|returns?|says?|prints?|expect(?:ed|s)?|to|over|nearly"
    r"|times|reads?|rate|an?|the|amount|balance|instead|not|number|factor|ratio|section|chapter|page|step|line"
    r"|saw|plus|minus|round(?:s|ed)?|becomes?|has|have|had|it|that|average|mean"
    r"|score)\b)[A-Za-z][\w+-]{1,30}[ /@:=-]{1,2}v?(?!\d{1,4}\.00\b)\d{1,4}\.\d{1,5}\b(?!\s?(?:EUR|USD|€|\$"
    r"|\+))(?!\s?(?:%|s\b|ms\b|sec|seconds?"
    r"|minutes?|hours?|days?|[kKMGT]i?[bB]\b|x\b|times|px\b))"
    r"|\b(?:macos|os ?x|ios|ipados|windows|win|ubuntu|debian|fedora|rhel|centos|alpine|android|chrome|firefox"
    r"|safari|edge|python|node(?:js|\.js)?|java|jdk|go|ruby|php|rust|postgres(?:ql)?|mysql|sqlite|redis|docker"
    r"|kernel|django|rails|react|vue)[ /-]?v?\d{1,4}\b"
    r"|\b(?:commit|revision|rev|sha|at|built from|main@|master@|HEAD)[ :@(`]{1,3}[0-9a-f]{7,64}\b"
    r"|\b(?:latest|current|newest|most recent) (?:\w+ )?(?:version|release|main|master|build|image|commit"
    r"|stable|nightly|code)\b"
    r"|\b(?:on|from|of|in|using|at|with) (?:the )?(?:latest|current )?\s?(?:`)?(?:main|master|HEAD|nightly"
    r"|develop|trunk|edge|canary|latest)\b(?! (?:page|menu|thread|screen|window|view))"
    r"|\b(?:in|on|our|the) (?:production|prod|staging|the hosted|the cloud)\b|\bhosted (?:version|instance"
    r"|service)\b|\ball versions\b|\bany version\b|\bsince v?\d+\.\d+|\b20\d\d\.\d{1,2}\b"
    r"|python3\.\d+/|[(,;] ?v?\d{1,3}\.\d{1,4}[),;]",
    _I,
)
EXPECTED = re.compile(
    r"\b(?:was|were) (?:\d|fine|ok)|\bregression in\b|\d (?:showed|was|had|worked|did|returned|printed|sent)\b"
    r"|\bplease (?!fix|help|look|check|see|advise|investigate|note|find|let)\w+ \w+"
    r"|\bwithout [\w ]{1,40} it works|\bworks (?:fine|well|in|on|with|without)\b"
    r"|\b(?:even though|although|despite)\b"
    r"|\b(?:rejects?|refuses?|ignores?|skips?|loses?|forgets?) (?:a |an |the |my |all |every )?\w+"
    r"|\b(?:(?:wanted|desired|correct|right)\s?: \S|(?:is|would be) (?:right|correct))|"
    r"\b(?:CI|tests?|builds?|pipeline|lint)\b[^.\n]{0,40}\b(?:fail\w*|red|broken)\b|\bfail\w* (?:in|on) (?:CI"
    r"|lint|the build)\b"
    r"|\b(?:fail\w* (?:with|because|due)|errors?(?: message)?:? [\"'`“]|(?:the )?(?:error|message) (?:says|is"
    r"|was|reads)|error:)"
    r"|\b(?:expect(?:s|ed|ing|ation)?|supposed to|should(?:n['’]?t)?|ought to|must(?: not|n['’]t)?|instead of"
    r"|rather than|used to (?:be|work|show|return|get|do|have|run)|worked (?:before|fine|in|on|until|with)"
    r"|correct(?:ly)? (?:value|result|output|behaviou?r|answer|would|is|order)|would be correct"
    r"|want(?:ed)? (?:it )?to|hoped|it used to|previously|in (?:the )?(?:previous|older?|last) (?:version|release)"
    r"|according to the (?:docs|documentation|spec\w*|readme)|the (?:docs|documentation|readme"
    r"|spec\w*) (?:says?|states?|promises?|claims?)|but (?:got|get|it|the|i|we|nothing|instead|returns?|gives?"
    r"|shows?)|no longer)\b",
    _I,
)
#: What somebody saw, told with something to hold on to: a quoted message, a value, a status.
OBSERVED = re.compile(
    r"[\"“”'‘`][^\"“”'‘’`\n]{4,300}[\"“”'’`]|\bstill (?!broken|not\b|does|is\b|there|open|an?\b)\w+ \w+"
    r"|\b(?:is|are|was|were) (?:shown|listed|sent|saved|displayed|printed|returned|cut|lost|deleted|overwritten"
    r"|counted|rendered|sorted|logged|redirected|created|truncated|closed|marked) \w+|\b(?:reloads|loads|takes"
    r"|resets|closes|expires|scrolls|moves|changes) \w+|\b(?:observed|seen|actual|got"
    r"|result|shown)\s?: \S|\b(?:returns|"
    r"shows|displays|prints|outputs|says|gives|logs|answers|redirects|becomes|produces|writes|sends|creates|"
    r"deletes|loses|skips|ignores|drops|renders|opens|uses|counts|appears|disappears|stays|remains|keeps|"
    r"jumps|reads|contains|overlaps|flickers|repeats|doubles|truncates|overwrites) (?!work)\w+"
    r"|\b[1-5]\d\d\b|\bgot \w+|\bthere (?:is|are) (?:no|two|an?)\b|\b(?:instead|twice|empty|blank|missing"
    r"|duplicated|ignored|wrong \w+|greyed out|misaligned|cut off|too (?:slow|long|many|few|large|small|early"
    r"|late)|nothing happens|does nothing|disabled|invisible)\b"
    r"|(?:n['’]t|not|never) (?:\w+ )?(?:saved?|shown?|sent|updated?|applied|called|deleted|closed|removed"
    r"|opened?|found|recogni[sz]ed|accepted|created|visible|displayed|rendered|respond(?:ing)?|refreshed)",
    _I,
)
LOG = re.compile(
    r"(?im)^\s*(?:traceback \(most|file \".{1,300}\", line \d+|\s*at [\w.$<>]{1,120}\(|caused by:|panic:|fatal:"
    r"|error[:\[ ]|\[?error\]?[: ]|e: |npm err|thread '.{1,80}' panicked|\S{0,60}(?:error|exception): )"
    r"|(?-i:\b(?:ERROR|FATAL|CRITICAL|WARN(?:ING)?)\b[\s:|\]]|\b\w{2,60}(?:Error|Exception)\b)"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
)

#: Sentences that complain and tell nothing.
VAGUE = re.compile(
    r"\b(?:(?:it|this|that|everything|something|nothing|stuff|thing|things|app|application|program|tool|bot"
    r"|site|website|page|system|software|code)?\s?(?:just |simply |still |also |really |completely |totally )?"
    r"(?:(?:does|do|did|is|are|was|has|will|would|could|can|should)(?: not|n['’]?t)|doesnt|dont|isnt|wont|cant"
    r"|won['’]t|can['’]t|cannot|no longer|not|never)\s?(?:seem to )?(?:work(?:s|ed|ing)?|function(?:s|ing)?"
    r"|run(?:s|ning)?)?(?: (?:at all|anymore|any more|properly|correctly|as expected|right|well|for me))*"
    r"|(?:is|are|was|seems?|looks?|got|gets?)? ?(?:just |completely |totally |really |so )?(?:broken|slow|buggy|bad"
    r"|wrong|faulty|useless|terrible)|fail(?:s|ed|ing|ure)?|broke|breaks|bugs?|issues?|problems?|errors?"
    r"|crash(?:es|ed)?|stopped working"
    r"|see (?:the )?(?:title|above|below|subject|attached|screenshot)|as (?:above|in (?:the )?title|per title"
    r"|title says)|title says (?:it )?all|same as (?:the )?title|please|pls|plz|help|fix(?:ed)?|asap|urgent"
    r"|immediately|thanks?(?: you)?|thank|thx|hi|hello|hey|dear|all|team|guys|everyone|everybody"
    r"|don['’]?t know (?:why|what)|no idea(?: why)?|any (?:idea|ideas|help|news|update)|what to do|\+1"
    r"|same here|me too|test(?:ing)?|asdf\w*|foo|bar|lorem ipsum|n/?a|none|todo|tbd|idk)\b",
    _I,
)
_EMPTY = """
a an the it its is are was were be been am i me my we our us you your he she they them this that these those there here
and or but so if of to in on at by for from with as do does did done have has had can could will would should may might
must not no yes any some all very really just also too still again now today yesterday since get gets got getting when
what why how who which then than into out up down more much many lot please anyone someone somebody thing things stuff
something anything everything nothing work works worked working app application program tool site website page system
software one way add implement improve change better fix fixed feature request make makes need needs want know
"""
EMPTY_WORDS = frozenset(_EMPTY.split())
_FREQUENT = """
the a an to of in is it and for on with that this when i not be as are from by or if but at we you no my was has does
should then after open click run page button file version steps expected error shows choose select use
"""
#: Words so frequent in English that a longer text without them is in another language.
ENGLISH = frozenset(_FREQUENT.split())
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
