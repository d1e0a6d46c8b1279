/// How vectors are clustered.
public struct KMeansParameters: Sendable, Codable, Equatable {
    /// Clusters to find; fewer are found where fewer distinct vectors were drawn.
    public var clusterCount: Int
    /// Whether centroids are scaled to length 1 (Dhillon, Modha 2001), for vectors of length 1.
    public var isSpherical: Bool
    /// Rounds of assignment and update, at most; it ends earlier when nothing moves.
    public var iterations: Int
    /// Vectors drawn for each cluster to learn from; 0 takes all.
    public var sampleSizePerCluster: Int
    /// Vectors in a mini-batch (Sculley 2010); 0 updates from the whole sample (Lloyd 1982).
    public var batchSize: Int
    /// How many times the mean a cluster may be in the sample before it is split in two, which adds a
    /// cluster; 0 never splits.
    public var largestImbalance: Double
    /// Seed of every draw.
    public var seed: UInt64

    public init(
        clusterCount: Int, isSpherical: Bool = false, iterations: Int = 10,
        sampleSizePerCluster: Int = 128, batchSize: Int = 0, largestImbalance: Double = 0,
        seed: UInt64 = 1
    ) {
        precondition(clusterCount > 0, "\(clusterCount) clusters")
        precondition(iterations > 0, "\(iterations) iterations")
        precondition(
            sampleSizePerCluster >= 0 && batchSize >= 0,
            "sample of \(sampleSizePerCluster) a cluster in batches of \(batchSize)")
        precondition(
            largestImbalance == 0 || largestImbalance > 1,
            "largest imbalance \(largestImbalance) is neither 0 nor above 1")
        self.clusterCount = clusterCount
        self.isSpherical = isSpherical
        self.iterations = iterations
        self.sampleSizePerCluster = sampleSizePerCluster
        self.batchSize = batchSize
        self.largestImbalance = largestImbalance
        self.seed = seed
    }
}
