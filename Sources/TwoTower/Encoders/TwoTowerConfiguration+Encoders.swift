extension TwoTowerConfiguration {
    /// The encoder that the configuration names, if it reads histories as sequences.
    var sequenceEncoder: (any SequenceEncoder)? {
        switch historyEncoding {
        case .mean, .recencyWeightedMean: nil
        case .attentionPooling:
            AttentionPooling(width: itemIdDimension, settings: attentionPooling)
        case .transformer:
            CausalTransformer(width: itemIdDimension, settings: transformer)
        case .convolution:
            DilatedCausalConvolution(width: itemIdDimension, settings: convolution)
        case .recurrentUnit:
            GatedRecurrentUnit(width: itemIdDimension)
        }
    }

    // The position before the oldest event has an age too.
    private var ageCount: Int { historyLength + 1 }

    private var attentionPooling: AttentionPooling.Settings {
        var settings = AttentionPooling.Settings()
        settings.heads = encoderHeads
        settings.ages = ageCount
        settings.interests = interestCount
        return settings
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
        settings.orders = ageCount
        return settings
    }

    private var convolution: DilatedCausalConvolution.Settings {
        var settings = DilatedCausalConvolution.Settings()
        settings.taps = encoderTaps
        settings.dilations = encoderDilations
        return settings
    }
}
