import LinearAlgebra
import Testing

@testable import VectorIndex

@Suite struct KMeansTests {
    private func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    @Test(arguments: [0, 300])
    func plantedClustersAreFound(batchSize: Int) throws {
        let points = Vectors.clustered(2000, 8, clusters: 20, spread: 0.01, seed: 1)
        let parameters = KMeansParameters(
            clusterCount: 20, iterations: 20, sampleSizePerCluster: 0, batchSize: batchSize)
        let centroids = try KMeans(parameters).cluster(points).centroids
        #expect(centroids.rows == 20)
        // The mean of a hundred points with deviation 0.01 lies within 0.03 of the centre.
        for cluster in 0..<20 {
            let nearest = (0..<20).map { distance(centroids[row: $0], points[row: cluster]) }.min()!
            #expect(nearest < 8 * 9 * 0.01 * 0.01)
        }
    }

    @Test func theObjectiveNeverRisesAndIsTheMeanSquaredDistance() throws {
        let points = Vectors.clustered(3000, 6, clusters: 40, spread: 0.6, seed: 2)
        let parameters = KMeansParameters(
            clusterCount: 50, iterations: 30, sampleSizePerCluster: 0)
        let clustering = try KMeans(parameters).cluster(points)
        let objectives = clustering.objectives
        #expect(objectives.count > 3)
        for (earlier, later) in zip(objectives, objectives.dropFirst()) {
            #expect(later <= earlier * (1 + 1e-6))
        }
        let sum = (0..<points.rows).reduce(0.0) { sum, row in
            sum
                + Double(
                    (0..<50).map { distance(points[row: row], clustering.centroids[row: $0]) }
                        .min()!)
        }
        #expect(sum / Double(points.rows) <= objectives.last! * (1 + 1e-5))
    }

    @Test func theNearestCentroidIsThatOfAPlainLoop() {
        let points = Vectors.clustered(700, 5, clusters: 30, spread: 0.5, seed: 3)
        let centroids = Vectors.clustered(1100, 5, clusters: 1100, spread: 0, seed: 4)
        let nearest = points.withView {
            NearestCentroids(centroids: centroids, threadCount: 2).assign($0)
        }
        for row in 0..<points.rows {
            let distances = (0..<1100).map { distance(points[row: row], centroids[row: $0]) }
            #expect(distances[Int(nearest.indexes[row])] <= distances.min()! + 1e-4)
        }
    }

    @Test(arguments: [false, true])
    func theResultDoesNotDependOnThreads(isSpherical: Bool) throws {
        let points = Vectors.clustered(5000, 10, clusters: 30, spread: 0.5, seed: 5)
        let parameters = KMeansParameters(
            clusterCount: 60, isSpherical: isSpherical, sampleSizePerCluster: 50,
            largestImbalance: 2, seed: 9)
        let one = try KMeans(parameters, threadCount: 1).cluster(points)
        let three = try KMeans(parameters, threadCount: 3).cluster(points)
        #expect(one.centroids == three.centroids && one.objectives == three.objectives)
        var other = parameters
        other.seed = 10
        #expect(try KMeans(other).cluster(points).centroids != one.centroids)
    }

    @Test func sphericalCentroidsHaveLengthOne() throws {
        let points = Vectors.clustered(1000, 6, clusters: 10, spread: 0.3, seed: 6)
        let centroids = try KMeans(KMeansParameters(clusterCount: 12, isSpherical: true))
            .cluster(points).centroids
        for row in 0..<centroids.rows {
            #expect(abs(distance(centroids[row: row], [0, 0, 0, 0, 0, 0]) - 1) < 1e-5)
        }
    }

    @Test func fewerDistinctVectorsThanClustersGiveOneEach() throws {
        let few = Matrix(rows: 3, columns: 2, elements: [1, 0, 0, 1, 5, 5])
        #expect(try KMeans(KMeansParameters(clusterCount: 10)).cluster(few).centroids.rows == 3)
        let copies = Matrix(
            rows: 400, columns: 2, elements: (0..<400).flatMap { [Float($0 % 4), 1] })
        #expect(try KMeans(KMeansParameters(clusterCount: 10)).cluster(copies).centroids.rows == 4)
        let none = Matrix(rows: 0, columns: 2)
        #expect(try KMeans(KMeansParameters(clusterCount: 10)).cluster(none).centroids.rows == 0)
    }

    @Test func anEmptyClusterTakesTheFarthestVectorOfTheLargest() {
        let points = Matrix(rows: 5, columns: 1, elements: [0, 1, 2, 9, 20])
        var centroids = Matrix(rows: 3, columns: 1, elements: [3, 20, 100])
        let means = KMeans(KMeansParameters(clusterCount: 3), threadCount: 1)
        let (indexes, affinities) = means.assign(points, to: centroids)
        #expect(indexes == [0, 0, 0, 0, 1])
        means.update(&centroids, points, indexes: indexes, affinities: affinities)
        #expect(centroids.elements == [3, 20, 9])
    }

    @Test func clustersAreSplitUntilTheStatedImbalance() throws {
        // Nine vectors in ten lie around one centre.
        let dense = Vectors.clustered(9000, 4, clusters: 1, spread: 1, seed: 7)
        let spread = Vectors.clustered(1000, 4, clusters: 19, spread: 0.01, seed: 8)
        let points = Matrix(
            rows: 10_000, columns: 4, elements: dense.elements + spread.elements.map { $0 + 50 })
        let parameters = KMeansParameters(
            clusterCount: 20, sampleSizePerCluster: 0, largestImbalance: 3)
        let means = KMeans(parameters)
        let centroids = try means.cluster(points).centroids
        #expect(centroids.rows <= 40)
        var sizes = [Int](repeating: 0, count: centroids.rows)
        for index in means.assign(points, to: centroids).indexes { sizes[Int(index)] += 1 }
        #expect(Double(sizes.max()!) <= 3 * 10_000 / Double(centroids.rows))
    }

    @Test func vectorsThatAreNotFiniteAreRefused() {
        let points = Matrix(rows: 2, columns: 1, elements: [0, .nan])
        #expect(throws: VectorIndexError.notFinite("item", row: 1)) {
            try KMeans(KMeansParameters(clusterCount: 1)).cluster(points)
        }
    }
}
