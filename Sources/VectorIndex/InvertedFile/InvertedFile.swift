import LinearAlgebra

/// Items in lists by their nearest centroid, as plain arrays (Sivic, Zisserman 2003; Jégou, Douze,
/// Schmid 2011).
///
/// A value to store, to change and to search (`InvertedFileSearcher`). Items are known by their
/// index; within a list they ascend.
public struct InvertedFile: Sendable, Equatable {
    /// What it was built with.
    public let parameters: InvertedFileParameters
    /// Item indexes are below it.
    public let itemCount: Int
    /// The centroid of each list, shape `[L, D]`.
    public let centroids: Matrix
    /// The items of each list, ascending.
    public let lists: IndexLists
    /// What product-quantised codes stand for; nil for other codes.
    public let quantiser: ProductQuantiser?
    /// The code of each entry of `lists.values`, `codeSize` bytes each, numbers little-endian.
    public let codes: [UInt8]

    /// An inverted file from its parts.
    ///
    /// - Throws: `VectorIndexError` when the parts do not belong together.
    public init(
        parameters: InvertedFileParameters, itemCount: Int, centroids: Matrix, lists: IndexLists,
        quantiser: ProductQuantiser? = nil, codes: [UInt8]
    ) throws {
        try parameters.check()
        self.parameters = parameters
        self.itemCount = itemCount
        self.centroids = centroids
        self.lists = lists
        self.quantiser = quantiser
        self.codes = codes
        try check()
    }

    /// The number of values in a vector.
    public var dimension: Int { centroids.columns }
    /// The number of items in lists.
    public var entryCount: Int { lists.values.count }
    /// Bytes of an item's code.
    public var codeSize: Int { coder.size }

    /// The codes of the items of one list, in their order.
    public func codes(ofList list: Int) -> ArraySlice<UInt8> {
        codes[lists.offsets[list] * codeSize..<lists.offsets[list + 1] * codeSize]
    }

    /// The length of the longest list over the mean length; 1 when there are no items.
    public var imbalance: Double {
        let longest = (0..<lists.count).map { lists[$0].count }.max() ?? 0
        guard longest > 0 else { return 1 }
        return Double(longest * lists.count) / Double(entryCount)
    }

    /// The vectors that the codes of some entries of `lists.values` stand for, shape
    /// `[entries.count, D]`.
    public func decoded(entries: [Int]) -> Matrix {
        let (coder, size) = (coder, codeSize)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * size)
        for entry in entries { bytes += codes[entry * size..<(entry + 1) * size] }
        var vectors = bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { coder.decode($0, count: entries.count) }
                ?? Matrix(rows: entries.count, columns: dimension)
        }
        guard coder.keepsResiduals else { return vectors }
        vectors.withMutableView { vectors in
            centroids.withView { centroids in
                for (row, entry) in entries.enumerated() {
                    Kernels.best.axpy(
                        1, centroids.row(list(ofEntry: entry)), vectors.row(row), dimension)
                }
            }
        }
        return vectors
    }

    /// The list that an entry of `lists.values` is in.
    private func list(ofEntry entry: Int) -> Int {
        var (low, high) = (0, lists.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lists.offsets[middle] <= entry { low = middle } else { high = middle }
        }
        return low
    }

    /// Calls the closure with the vectors of flat codes where they lie, in order of `lists.values`.
    func withFlatVectors<Result>(_ body: (MatrixView) throws -> Result) rethrows -> Result {
        precondition(parameters.code == .flat, "codes \(parameters.code.rawValue) are not flat")
        return try codes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return try Matrix(rows: 0, columns: dimension).withView(body)
            }
            // Arrays begin at multiples of 16 bytes.
            return try body(
                MatrixView(
                    base: start.assumingMemoryBound(to: Float.self), rows: entryCount,
                    columns: dimension, stride: dimension))
        }
    }

    var coder: VectorCoder {
        VectorCoder(parameters.code, dimension: dimension, quantiser: quantiser)
    }

    private func check() throws(VectorIndexError) {
        _ = try centroids.withView { view in
            Result { () throws(VectorIndexError) in try RowNorms.checked(view, kind: "centroid") }
        }.get()
        guard lists.count == centroids.rows else {
            throw .malformed("\(lists.count) lists for \(centroids.rows) centroids")
        }
        guard (quantiser != nil) == (parameters.code == .productQuantised) else {
            throw .malformed("codebooks do not go with codes \(parameters.code.rawValue)")
        }
        if let quantiser {
            guard quantiser.codebooks.columns == dimension,
                quantiser.codebooks.rows == 1 << parameters.partBits,
                quantiser.partCount == parameters.partCount(dimension: dimension)
            else { throw .malformed("codebooks are not those of the parameters") }
        }
        guard codes.count == entryCount * codeSize else {
            throw .malformed(
                "\(codes.count) bytes of code for \(entryCount) items of \(codeSize) bytes")
        }
        if parameters.code == .int8 {
            let areFinite = codes.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: codeSize).allSatisfy {
                    bytes.loadUnaligned(fromByteOffset: $0, as: Float.self).isFinite
                }
            }
            guard areFinite else { throw .malformed("the scale of a code is not finite") }
        }
        guard lists.isStrictlyAscending else { throw .malformed("items of a list do not ascend") }
        var isPresent = [Bool](repeating: false, count: itemCount)
        for item in lists.values {
            guard Int(item) < itemCount else {
                throw .malformed("item index of \(itemCount) is out of range")
            }
            guard !isPresent[Int(item)] else { throw .malformed("an item is in two lists") }
            isPresent[Int(item)] = true
        }
    }
}
