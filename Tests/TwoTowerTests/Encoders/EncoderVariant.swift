import Testing

@testable import TwoTower

/// Encoders that between them pass through every branch, each beside the same sums in plain loops.
enum EncoderVariant: String, CaseIterable, CustomTestStringConvertible {
    case transformer, oneBlock, rectified, distances, threeHeads, wideHeads
    case pooling, poolingByAge, interests, convolution, wideConvolution, recurrent

    var testDescription: String { rawValue }

    var encoder: any SequenceEncoder {
        var settings = CausalTransformer.Settings()
        settings.orders = 5
        settings.hiddenMultiple = 2
        switch self {
        case .transformer: return CausalTransformer(width: 6, settings: settings)
        case .oneBlock:
            settings.blocks = 1
            return CausalTransformer(width: 6, settings: settings)
        case .rectified:
            settings.activation = .rectifier
            return CausalTransformer(width: 6, settings: settings)
        case .distances:
            settings.order = .distance
            return CausalTransformer(width: 6, settings: settings)
        case .threeHeads:
            settings.heads = 3
            settings.blocks = 3
            return CausalTransformer(width: 6, settings: settings)
        case .wideHeads:
            settings.order = .distance
            settings.blocks = 1
            return CausalTransformer(width: 36, settings: settings)
        case .pooling, .poolingByAge:
            var settings = AttentionPooling.Settings()
            settings.ages = self == .poolingByAge ? 5 : 0
            return AttentionPooling(width: 6, settings: settings)
        case .interests:
            var settings = AttentionPooling.Settings()
            settings.ages = 5
            settings.interests = 3
            return AttentionPooling(width: 6, settings: settings)
        case .convolution, .wideConvolution:
            var settings = DilatedCausalConvolution.Settings()
            settings.taps = self == .convolution ? 3 : 2
            settings.dilations = self == .convolution ? [1, 2] : [5, 1, 3]
            return DilatedCausalConvolution(width: 6, settings: settings)
        case .recurrent: return GatedRecurrentUnit(width: 6)
        }
    }
}
