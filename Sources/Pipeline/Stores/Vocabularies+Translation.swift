import TwoTower

/// Indexes of one vocabulary in terms of another: a model reads what was loaded for another model.
///
/// What the other vocabulary lacks is given the indexes that follow its own, where the towers know
/// nothing.
extension ItemTable {
    /// The catalogue with creators and tags as another vocabulary has them; items keep their indexes.
    func catalogue(from own: Vocabularies, for other: Vocabularies) throws -> Catalogue {
        var (creators, tags) = (other.creators, other.tags)
        let creatorIndexes = own.creators.keys.map { creators.insert($0) }
        let tagIndexes = own.tags.keys.map { tags.insert($0) }
        return try Catalogue(
            itemCount: catalogue.itemCount, creatorCount: creators.count,
            creators: catalogue.creators.map { $0 < 0 ? -1 : creatorIndexes[Int($0)] },
            tagCount: tags.count, tagOffsets: catalogue.tagOffsets,
            tags: catalogue.tags.map { tagIndexes[Int($0)] }, texts: catalogue.texts,
            contents: catalogue.contents)
    }
}

extension UserTable {
    /// The profiles with categories as another vocabulary has them; those it lacks count as none.
    ///
    /// - Throws: ``PipelineError`` when the two have different numbers of attributes.
    func profiles(from own: Vocabularies, for other: Vocabularies) throws -> Profiles {
        try requireAttributes(own.profile.count, of: other)
        let indexes = zip(own.profile, other.profile).map { own, other in
            own.keys.map { other.index(of: $0) }
        }
        let columns = profiles.cardinalities.count
        return try Profiles(
            userCount: count, cardinalities: other.profile.map(\.count),
            codes: profiles.codes.enumerated().map { position, code in
                code < 0 ? -1 : indexes[position % columns][Int(code)]
            }, numberNames: profiles.numberNames, numbers: profiles.numbers)
    }
}

/// - Throws: ``PipelineError`` when a model was trained with another number of profile attributes
///   than a job names.
func requireAttributes(_ count: Int, of vocabularies: Vocabularies) throws {
    guard count == vocabularies.profile.count else {
        throw PipelineError(
            "the model has \(vocabularies.profile.count) profile attributes, the job names \(count)",
            hint: "Train again after a change of profile_attributes.")
    }
}
