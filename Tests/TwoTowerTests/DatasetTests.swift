import Foundation
import NeuralNetwork
import Testing

@testable import TwoTower

/// What the world can get wrong about the data is refused, in words, without values.
@Suite struct DatasetTests {
    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as ModelError {
            return error.code == .invalidData ? error.message : "\(error.code)"
        } catch {
            return "\(error)"
        }
    }

    @Test func anEmptyCatalogueIsRefused() {
        #expect(
            message {
                _ = try TwoTowerDataset(
                    catalogue: Catalogue(itemCount: 0),
                    sequences: Sequences(offsets: [0], items: [], days: []))
            } == "catalogue is empty")
    }

    @Test func indexesBeyondTheirCountAreRefused() {
        #expect(
            message { _ = try Catalogue(itemCount: 1, creatorCount: 1, creators: [1]) }
                == "catalogue has a creator index out of range")
        #expect(
            message {
                _ = try Catalogue(itemCount: 1, tagCount: 1, tagOffsets: [0, 1], tags: [1])
            } == "catalogue has a tag index out of range")
        #expect(
            message { _ = try Profiles(userCount: 1, cardinalities: [2], codes: [2]) }
                == "profile column 0 has a code out of range")
        #expect(
            message {
                _ = try TwoTowerDataset(
                    catalogue: Catalogue(itemCount: 1),
                    sequences: Sequences(offsets: [0, 1], items: [1], days: [0]))
            } == "sequences have an item beyond the catalogue")
    }

    @Test func lengthsThatContradictAreRefused() {
        #expect(
            message { _ = try Catalogue(itemCount: 2, creatorCount: 1, creators: [0]) }
                == "catalogue has 1 creators for 2 items")
        #expect(
            message { _ = try Catalogue(itemCount: 1, tagCount: 1, tagOffsets: [0, 2], tags: [0]) }
                == "tag offsets of the catalogue do not rise from 0 to the tag total")
        #expect(
            message { _ = try Sequences(offsets: [0, 2], items: [0], days: [0]) }
                == "offsets of the sequences do not rise from 0 to the event total")
        #expect(
            message { _ = try Profiles(userCount: 2, cardinalities: [2], codes: [0]) }
                == "1 profile codes for 2 users × 1")
    }

    @Test(arguments: [Float.nan, .infinity])
    func numericFeaturesMustBeFinite(value: Float) {
        let error = #expect(throws: ModelError.self) {
            try NumericFeatures(
                names: ["age", "views"], firstDay: 0, dayCount: 1, itemCount: 1,
                values: [0, value])
        }
        #expect(error?.message == "numeric feature views is not finite")
        #expect(error?.hint != nil)
    }

    @Test func eventsMustBeInOrderWithSoundWeights() {
        #expect(
            message { _ = try Sequences(offsets: [0, 2], items: [0, 0], days: [1, 0]) }
                == "events of a user are not in order of time")
        #expect(
            message { _ = try Sequences(offsets: [0, 1], items: [0], days: [1], weights: [.nan]) }
                == "an event weight is negative or not finite")
        // Another user may start earlier.
        #expect(
            message { _ = try Sequences(offsets: [0, 1, 2], items: [0, 0], days: [1, 0]) } == nil)
    }

    @Test func rangesOfEventsBecomeSequencesOfTheirOwn() throws {
        let sequences = try Sequences(
            offsets: [0, 3, 3, 5], items: [4, 1, 2, 0, 3], days: [1, 2, 2, 5, 6],
            weights: [1, 2, 3, 4, 5])
        #expect(sequences.events(of: 1).isEmpty && sequences.events(of: 2) == 3..<5)
        let expected = try Sequences(
            offsets: [0, 1, 1, 3], items: [3, 4, 1], days: [6, 1, 2], weights: [5, 1, 2])
        #expect(sequences.slicing([4..<5, 3..<3, 0..<2]) == expected)
    }

    @Test func firstEngagementsOfAWeightAreExamples() throws {
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 3),
            sequences: Sequences(
                offsets: [0, 4, 6], items: [0, 1, 1, 0, 1, 2], days: [1, 2, 2, 3, 2, 3],
                weights: [1, 1, 1, 1, 1, 0]), firstExampleDay: 2)
        // Item 0 was there before the first day; no example is without a weight.
        #expect(
            dataset.areExamples(withRepeats: false) == [false, true, false, false, true, false])
        #expect(dataset.areExamples(withRepeats: true) == [false, true, true, true, true, false])
    }

    @Test func everyDayWithExamplesNeedsFeatures() throws {
        let features = try NumericFeatures(
            names: ["views"], firstDay: 5, dayCount: 1, itemCount: 1, values: [0])
        let sequences = try Sequences(offsets: [0, 2], items: [0, 0], days: [4, 5])
        let catalogue = try Catalogue(itemCount: 1)
        #expect(
            message {
                _ = try TwoTowerDataset(
                    catalogue: catalogue, numericFeatures: features, sequences: sequences)
            } == "no numeric features as of a day that has examples")
        #expect(
            message {
                _ = try TwoTowerDataset(
                    catalogue: catalogue, numericFeatures: features, sequences: sequences,
                    firstExampleDay: 5)
            } == nil)
    }

    /// All but one user have as many events, or all have: a history that is hidden has none, and must
    /// not drown what else a tower reads.
    @Test(arguments: [Float(1.609_437_9), 1.6])
    func nearlyConstantColumnsStayNearTheMean(first: Float) {
        var values = [Float](repeating: 1.609_437_9, count: 60_000)
        values[0] = first
        let standardisation = Standardisation(of: values[...], columns: 1)
        var hidden: Float = 0
        standardisation.apply(to: &hidden)
        #expect(hidden < 0 && hidden >= -Standardisation.limit)
        var usual: Float = 1.609_437_9
        standardisation.apply(to: &usual)
        #expect(abs(usual) < 0.1)
    }

    @Test func standardisationMeasuresColumns() {
        let standardisation = Standardisation(of: [1, 7, 3, 7], columns: 2)
        #expect(standardisation.means == [2, 7])
        #expect(standardisation.deviations == [1, 1])
    }

    @Test(arguments: [
        "embeddingDimension", "temperature", "inputDropout", "uniformNegatives", "itemIdDimension",
    ])
    func aConfigurationOutOfRangeNamesTheSetting(name: String) {
        var configuration = TwoTowerConfiguration()
        switch name {
        case "embeddingDimension": configuration.embeddingDimension = 0
        case "temperature": configuration.temperature = .nan
        case "inputDropout": configuration.inputDropout = 1
        case "uniformNegatives":
            configuration.usesInBatchNegatives = false
            configuration.uniformNegatives = 0
        default: configuration.itemIdDimension = 32
        }
        let error = #expect(throws: ModelError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(name) == true)
    }
}

@Suite struct TwoTowerConfigurationTests {
    private func decode(_ text: String) throws -> TwoTowerConfiguration {
        try JSONDecoder().decode(TwoTowerConfiguration.self, from: Data(text.utf8))
    }

    @Test func settingsThatAreNotNamedKeepTheirDefaults() throws {
        var expected = TwoTowerConfiguration()
        expected.epochs = 9
        expected.usesFullCatalogue = true
        expected.userHiddenWidths = [32, 16]
        let text = #"{"epochs": 9, "usesFullCatalogue": true, "userHiddenWidths": [32, 16]}"#
        #expect(try decode(text) == expected)
        #expect(try decode("{}") == TwoTowerConfiguration())
    }

    @Test func everySettingSurvivesARoundTrip() throws {
        // Every value is changed, so that a forgotten one shows.
        let defaults = try JSONEncoder().encode(TwoTowerConfiguration())
        let object = try #require(
            try JSONSerialization.jsonObject(with: defaults) as? [String: Any])
        for (name, value) in object {
            let other: Any =
                switch (name, value) {
                case ("historyEncoding", _): "mean"
                case ("encoderOrder", _): "distance"
                case ("interestAttention", _): "labelAware"
                case ("interaction", _): "cosine"
                case ("loss", _): "bpr"
                case ("tableOptimiser", _): "adagrad"
                case ("denseOptimiser", _): "adam"
                case ("tableStorage", _): "bfloat16"
                case ("learningRateSchedule", _): "cosine"
                case ("historyNumbers", _): ["creatorShare", "eventCount"]
                case (_, is [Any]): [7]
                case (_, let flag as Bool) where "\(type(of: value))".contains("Bool"): !flag
                case (_, let number as Double): number + 1
                default: value
                }
            let text = try JSONSerialization.data(withJSONObject: [name: other])
            let changed = try JSONDecoder().decode(TwoTowerConfiguration.self, from: text)
            let back = try JSONDecoder().decode(
                TwoTowerConfiguration.self, from: JSONEncoder().encode(changed))
            #expect(changed != TwoTowerConfiguration(), "\(name)")
            #expect(back == changed, "\(name)")
        }
    }

    @Test func anUnknownSettingIsRefusedByName() {
        let error = #expect(throws: ModelError.self) { try decode(#"{"epohcs": 9}"#) }
        #expect(error?.message == "unknown setting \"epohcs\" of a two-tower")
    }
}
