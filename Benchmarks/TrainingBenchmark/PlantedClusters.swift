import LinearAlgebra
import TwoTower

/// Users who take four events in five from the items of their own cluster, popular ones first.
struct PlantedClusters {
    let dataset: TwoTowerDataset
    /// The event of each user that the dataset does not have.
    let heldOut: [Int32]

    init(_ size: WorldSize, seed: UInt64) throws {
        let (users, items, clusters) = (size.users, size.items, size.clusters)
        let history = size.history
        var generator = SeededGenerator(seed: seed)
        let clusterSize = items / clusters
        var events: [Int32] = []
        var heldOut: [Int32] = []
        let length = history + size.examplesPerUser
        events.reserveCapacity(users * length)
        for user in 0..<users {
            let home = user % clusters
            for event in 0...length {
                let cluster =
                    generator.uniform() < 0.8 ? home : generator.index(below: clusters)
                // The square of a uniform number prefers the first items of a cluster.
                let u = generator.uniform()
                let item = Int32(cluster * clusterSize + Int(u * u * Float(clusterSize)))
                if event < length { events.append(item) } else { heldOut.append(item) }
            }
        }
        let weights = (0..<users * length).map { $0 % length < history ? Float(0) : 1 }
        dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: items),
            sequences: Sequences(
                offsets: (0...users).map { $0 * length }, items: events,
                days: [Int32](repeating: 0, count: events.count), weights: weights))
        self.heldOut = heldOut
    }

    /// The share of 2,000 users whose held-out event is among the best `k` of all items.
    func recall(of model: TwoTowerModel, at k: Int, threadCount: Int) throws -> Double {
        let catalogue = dataset.catalogue
        let items = try model.embedItems(catalogue, threadCount: threadCount)
        let sample = min(2_000, heldOut.count)
        let offsets = Array(dataset.sequences.offsets[...sample])
        let users = try model.embedUsers(
            Sequences(
                offsets: offsets, items: Array(dataset.sequences.items[..<offsets[sample]]),
                days: Array(dataset.sequences.days[..<offsets[sample]])),
            catalogue: catalogue, threadCount: threadCount)
        var hits = 0
        for start in stride(from: 0, to: sample, by: 200) {
            let end = min(start + 200, sample)
            let width = users.columns
            let scores = Matrix(
                rows: end - start, columns: width,
                elements: Array(users.elements[start * width..<end * width])
            ).multiplied(byTransposeOf: items)
            for user in start..<end {
                let row = scores[row: user - start]
                let score = scores[user - start, Int(heldOut[user])]
                if row.count(where: { $0 > score }) < k { hits += 1 }
            }
        }
        return Double(hits) / Double(sample)
    }
}
