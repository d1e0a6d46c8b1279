/// Where a proposal ends: `fate_id` of `serving.fates`.
///
/// Whatever a source proposes has one of them in the end, so no candidate vanishes.
public enum ProposalFate: Int16, CaseIterable, Sendable {
    case duplicate = 1
    case unknownItem = 2
    case removed = 10
    case notYetPublic = 11
    case policy = 12
    case region = 13
    case language = 14
    case hiddenItem = 15
    case hiddenCreator = 16
    case hiddenTag = 17
    case seen = 18
    case firstStageScore = 30
    case belowLength = 40
    case creatorCap = 41
    case suppressed = 42
    case best = 50
    case exploration = 51

    /// Whether it stands in the list.
    public var isPublished: Bool { self == .best || self == .exploration }
}
