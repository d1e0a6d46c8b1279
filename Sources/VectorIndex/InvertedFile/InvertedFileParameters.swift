/// How an inverted file is built; recorded with it whole.
public struct InvertedFileParameters: Sendable, Codable, Equatable {
    /// How a vector is stored in its list.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The vector in single precision: 4 bytes a value.
        case flat
        /// The residual to the list's centroid in 8 bits a value, and a scale of 4 bytes.
        case int8
        /// The residual by a product quantiser: some bits for each part of it.
        case productQuantised = "product_quantised"
    }

    /// How queries and items are compared.
    public var similarity: Similarity
    /// Lists; 0 for `automaticListCount`.
    public var listCount: Int
    /// How vectors are stored.
    public var code: Code
    /// Parts of a product quantiser; 0 for four values in each at 8 bits, two at 4 bits.
    public var partCount: Int
    /// Bits for a part: 8 or 4.
    public var partBits: Int
    /// Whether the product quantiser learns a rotation (OPQ).
    public var learnsRotation: Bool
    /// Rounds of k-means.
    public var iterations: Int
    /// Items that k-means learns from, for each list; 0 takes all.
    public var sampleSizePerList: Int
    /// Items of a mini-batch of k-means; 0 for whole rounds.
    public var batchSize: Int
    /// How many times the mean a list may be in the sample before it is split; 0 never splits.
    public var largestImbalance: Double
    /// Seed of every draw.
    public var seed: UInt64

    public init(
        similarity: Similarity = .innerProduct, listCount: Int = 0, code: Code = .flat,
        partCount: Int = 0, partBits: Int = 8, learnsRotation: Bool = false,
        iterations: Int = 10, sampleSizePerList: Int = 64, batchSize: Int = 0,
        largestImbalance: Double = 8, seed: UInt64 = 1
    ) {
        self.similarity = similarity
        self.listCount = listCount
        self.code = code
        self.partCount = partCount
        self.partBits = partBits
        self.learnsRotation = learnsRotation
        self.iterations = iterations
        self.sampleSizePerList = sampleSizePerList
        self.batchSize = batchSize
        self.largestImbalance = largestImbalance
        self.seed = seed
    }

    /// Items that a list should have at least, on average.
    public static let smallestListSize = 40

    /// 2 √N lists, so that finding lists costs as much as going through some of them; fewer where
    /// lists would become shorter than `smallestListSize`, and at least one.
    public static func automaticListCount(itemCount: Int) -> Int {
        let balanced = Int(2 * Double(itemCount).squareRoot())
        return max(1, min(balanced, itemCount / smallestListSize))
    }

    /// The parts of a vector of some values.
    package func partCount(dimension: Int) -> Int {
        let automatic = max(1, 2 * dimension / partBits)
        return min(partCount > 0 ? partCount : automatic, max(dimension, 1))
    }

    func check() throws(VectorIndexError) {
        guard listCount >= 0, sampleSizePerList >= 0, batchSize >= 0 else {
            throw .invalidParameters(
                "number of lists, sample or batch is negative", hint: "Use 0 for automatic values.")
        }
        guard iterations > 0 else {
            throw .invalidParameters(
                "\(iterations) iterations of k-means", hint: "Use at least one; ten are usual.")
        }
        guard partCount >= 0, partBits == 8 || partBits == 4 else {
            throw .invalidParameters(
                "\(partCount) parts of \(partBits) bits", hint: "Use 4 or 8 bits a part.")
        }
        guard largestImbalance == 0 || largestImbalance > 1 else {
            throw .invalidParameters(
                "largest imbalance \(largestImbalance) is neither 0 nor above 1",
                hint: "Use 0 to leave lists as they are.")
        }
    }
}
