extension TwoTowerConfiguration {
    /// The encoder that the configuration names, if it reads histories as sequences.
    var sequenceEncoder: (any SequenceEncoder)? {
        switch historyEncoding {
        case .mean, .recencyWeightedMean: nil
        case .transformer:
            CausalTransformer(width: itemIdDimension, settings: transformer)
        }
    }

    private var transformer: CausalTransformer.Settings {
        var settings = CausalTransformer.Settings()
        settings.blocks = encoderBlocks
        settings.heads = encoderHeads
        settings.hiddenMultiple = encoderHiddenMultiple
        settings.order =
            switch encoderOrder {
            case .age: .age
            case .distance: .distance
            }
        // One more than events: the position before the oldest has an age too.
        settings.orders = historyLength + 1
        return settings
    }
}
