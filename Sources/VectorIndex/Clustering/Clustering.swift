import LinearAlgebra

/// What k-means found.
public struct Clustering: Sendable {
    /// The centroids, shape `[K, D]`.
    public let centroids: Matrix
    /// The mean squared distance to the nearest centroid at each assignment of the sample.
    public let objectives: [Double]
}
