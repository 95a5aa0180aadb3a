/**
 * English words that say how a sentence is built, not what it is about, and their older forms (thou,
 * hath, unto). Tokens are letters alone, so what an apostrophe leaves of a word is here, too (don, ll).
 */
const LIST = `
a about above across after again against ain all almost also although always am among an and another
any anybody anyone anything are aren around as at away back be because been before behind being below
beneath beside besides between beyond both but by came can cannot come could couldn did didn do does
doesn doing don done down during each either else enough etc even ever every everybody everyone
everything except few for from further get gets getting give given go goes going gone got had hadn has
hasn have haven having he hence her here hers herself him himself his how however if in indeed instead
into is isn it its itself just let like ll made make makes many may me might mine more most much must
my myself near neither never no nobody none nor not nothing now of off often on once one only onto or
other others otherwise our ours ourselves out over own per perhaps quite rather re really said same
say says see seem seems shall she should shouldn since so some somebody someone something sometimes
still such take than that the their theirs them themselves then there therefore these they thing things
this those though through thus till to together too toward towards under until up upon us use used
using ve very was wasn way we well went were weren what whatever when where whereas wherever whether
which while who whoever whole whom whose why will with within without won would wouldn yet you your
yours yourself yourselves
art canst couldest didst dost doth hast hath hither hitherto mayest nay saith shalt shouldest thee
thence thereby therein thereof thereon therewith thine thither thou thy thyself unto verily wast
wherefore wherein whereof whereon whereupon whither wilt wouldest ye yea yonder
`
export const STOP_WORDS: ReadonlySet<string> = new Set(LIST.split(/\s+/).filter(Boolean))
