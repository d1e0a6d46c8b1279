import CZlib

/// CRC-32 of everything that a training reads, part by part.
private struct TrainingChecksum {
    private var sum: UInt = 0

    var value: UInt32 { UInt32(truncatingIfNeeded: sum) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        sum = crc32_z(sum, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }

    mutating func add<Value: BitwiseCopyable>(_ values: [Value]) {
        values.withUnsafeBytes { add($0) }
    }

    /// Texts, and where each ends.
    mutating func add(_ texts: [String]) {
        for text in texts {
            var text = text
            text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
            add([text.utf8.count])
        }
    }

    mutating func add(_ sequences: Sequences) {
        add(sequences.offsets)
        add(sequences.items)
        add(sequences.days)
        add(sequences.weights)
    }

    mutating func add(_ impressions: Impressions) {
        add(impressions.offsets)
        add(impressions.items)
        add(impressions.days)
        add(impressions.engagedDays)
    }

    mutating func add(_ catalogue: Catalogue) {
        add(catalogue.creators)
        add(catalogue.tagOffsets)
        add(catalogue.tags)
        add(catalogue.texts ?? [])
        for content in catalogue.contents { add(content.values) }
    }

    mutating func add(_ profiles: Profiles) {
        add(profiles.codes)
        add(profiles.numbers)
    }

    mutating func add(_ features: NumericFeatures) {
        add([features.firstDay])
        add(features.values)
    }
}

extension Training {
    /// CRC-32 of a dataset, with what is held out of this training, and of the parameters.
    ///
    /// What is compared beside it is left out: names and counts.
    func checksum(_ dataset: TwoTowerDataset) -> UInt32 {
        var checksum = TrainingChecksum()
        for block in step.updater.state { checksum.add(UnsafeRawBufferPointer(block)) }
        checksum.add(dataset.catalogue)
        if let features = dataset.numericFeatures { checksum.add(features) }
        checksum.add(dataset.profiles)
        checksum.add(dataset.sequences)
        if let impressions = dataset.impressions { checksum.add(impressions) }
        checksum.add([dataset.firstExampleDay])
        return checksum.value
    }
}
