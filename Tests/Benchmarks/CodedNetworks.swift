// The networks that coders are compared on, each as the blob that holds it, and where the model it
// came from is at hand as the matrices of that: dead units are left out of a blob.

@testable import Blob
import Foundation
@testable import Lowering
@testable import ModelGraph
@testable import ModelLoading
@testable import Quantization
@testable import Tensors

/// A layer as our coder has it, and the integers that it stands for.
struct CodedLayerMatrix {
  let name: String
  let isConvolution: Bool
  let matrix: LevelMatrix
  /// Before dead units were left out; nil where that is not at hand.
  var original: LevelMatrix?
  let ours: OurBytes
}

/// What mask and codes of a layer take in a blob.
struct OurBytes {
  /// The interleaved streams of positions and codes.
  var lanes = 0
  /// Code lengths of both alphabets, and which mask it is.
  var alphabets = 0
  /// The step before the layer that says which columns its matrix has, if there is one.
  var columns = 0

  var all: Int { lanes + alphabets + columns }
}

struct CodedNetwork {
  let name: String
  var layers: [CodedLayerMatrix]

  /// The layers with tables of a blob.
  ///
  /// - Throws: ``BlobError`` for bytes that are no blob.
  init(name: String, blob: [UInt8]) throws {
    let model = try BlobReader.read(blob)
    let ledger = try BlobLedger(blob)
    self.name = name
    layers = []
    var columns = 0
    for (index, step) in model.steps.enumerated() {
      let entries = ledger.entries.filter { $0.step == index }
      if case .gather = step { columns += entries.reduce(0) { $0 + $1.bytes } }
      guard let weights = step.weights, let matrix = LevelMatrix(weights) else { continue }
      var ours = OurBytes(columns: columns)
      columns = 0
      for entry in entries {
        switch entry.part {
        case .lane: ours.lanes += entry.bytes
        case .gapAlphabet, .codeAlphabet: ours.alphabets += entry.bytes
        default: break
        }
      }
      var isConvolution = false
      if case .convolution = step { isConvolution = true }
      layers.append(
        CodedLayerMatrix(
          name: "\(layers.count + 1)", isConvolution: isConvolution, matrix: matrix, ours: ours))
    }
  }

  /// A network of one dense layer.
  init(name: String, layer: BlobWeights) throws {
    let (rows, columns) = (layer.rows, layer.columns)
    let model = BlobModel(
      arenaBytes: 4 * (rows + columns),
      inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [columns]))],
      outputs: [BlobTensor(place: columns, shape: [rows])],
      steps: [.dense(BlobDense(x: 0, y: columns, i: columns, o: rows, weights: layer))])
    try self.init(name: name, blob: BlobWriter.bytes(for: model))
  }

  /// A layer of normal weights whose places survive independently of each other.
  static func random(
    rows: Int, columns: Int, sparsity: Float, seed: UInt64
  ) throws -> CodedNetwork {
    var generator = SeededGenerator(seed: seed)
    let weights = (0..<rows * columns).map { _ in
      generator.nextFloat() < sparsity ? 0 : generator.nextNormal()
    }
    let layer = try LayerQuantizer(allowsRowScales: false)
      .quantized(weights: weights, rows: rows, columns: columns)
    return try CodedNetwork(
      name: String(format: "random mask %d x %d, %.0f %% zeros", rows, columns, 100 * sparsity),
      layer: BlobWeights(.table(StoredNumbers(layer.table.values), codes: layer.codes)))
  }

  /// A model as `kinglet encode` codes it, its zeros kept, tables of 16 levels; nil without the
  /// command.
  static func encoded(model path: String) throws -> CodedNetwork? {
    guard let kinglet = ProcessInfo.processInfo.environment["KINGLET"] else { return nil }
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let blob = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-bench.kgl")
    defer { try? FileManager.default.removeItem(at: blob) }
    guard Command.output([kinglet, "encode", path, "--no-names", "-o", blob.path, "--quiet"]) != nil else {
      print("\(name): kinglet encode failed")
      return nil
    }
    var network = try CodedNetwork(name: name, blob: [UInt8](Data(contentsOf: blob)))
    try network.addOriginals(of: ModelLoader.load(path: path).graph)
    return network
  }

  /// The matrices of a model whose layers are this network's, under tables of their own.
  private mutating func addOriginals(of graph: Graph) throws {
    guard graph.layers.count == layers.count else { return }
    for (index, layer) in graph.layers.enumerated() {
      let quantized = try LayerQuantizer().quantized(
        weights: graph[layer.weight].tensor.values, rows: layer.rows, columns: layer.columns)
      layers[index].original = LevelMatrix(
        rows: layer.rows, columns: layer.columns, positions: quantized.codes.positions,
        table: quantized.table.values, codes: quantized.codes.values)
    }
  }

  /// Random masks, and every network that the environment gives.
  static func all() throws -> [CodedNetwork] {
    var networks: [CodedNetwork] = []
    for (number, sparsity) in [Float(0.8), 0.9, 0.95, 0.98].enumerated() {
      networks.append(
        try random(rows: 300, columns: 784, sparsity: sparsity, seed: UInt64(number + 1)))
    }
    let environment = ProcessInfo.processInfo.environment
    let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Samples/fashion-cnn/fashion-cnn-small.onnx").path
    var models = [sample]
    if let shared = environment["KINGLET_SHARED"] {
      models += ["lenet-300-100", "lenet-5"].map { "\(shared)/models/\($0)-dns-sparse.onnx" }
    } else {
      print("networks that are sparse already: needs KINGLET_SHARED in the environment")
    }
    if environment["KINGLET"] == nil { print("models: needs KINGLET in the environment") }
    for model in models { networks += try [encoded(model: model)].compactMap(\.self) }
    for path in (environment["KINGLET_BLOBS"] ?? "").split(separator: ":") {
      let url = URL(fileURLWithPath: String(path))
      let name = url.deletingPathExtension().lastPathComponent
      do {
        networks.append(try CodedNetwork(name: name, blob: [UInt8](Data(contentsOf: url))))
      } catch {
        print("\(path): left out (\(error))")
      }
    }
    return networks
  }
}

extension OurBytes {
  /// What our coder makes of a matrix as it is, its dead rows and columns with it.
  init(_ matrix: LevelMatrix) throws {
    let levels = Set(matrix.indices).sorted().map { Float($0) }
    let network = try CodedNetwork(
      name: "",
      layer: BlobWeights(
        .table(
          StoredNumbers(levels.isEmpty ? [0] : levels),
          codes: SparseMatrix(
            rows: matrix.rows, columns: matrix.columns, positions: matrix.positions,
            values: matrix.codes))
      ).withoutEmptyTable)
    self = network.layers.first?.ours ?? OurBytes()
  }
}
