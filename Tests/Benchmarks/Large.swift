// `kinglet-bench large`: a network of 62 million weights, from float32 to the bytes of a blob.
//
// Its layers have the shapes of YOLOv3's 75 convolutions; weights are normal, once with 90 % zeros
// at random places and once with none. Tables and codes are made by two threads, a layer at a time;
// the blob is written by one. What matters is seconds and peak memory, so the weights are made
// beforehand and stay in memory, as a model's would.

@testable import Blob
import Dispatch
import Foundation
@testable import Quantization
import Synchronization
@testable import Tensors

/// Rows and columns of YOLOv3's convolutions, 61,895,776 weights in all.
private func yoloShapes() -> [(rows: Int, columns: Int)] {
  var shapes: [(rows: Int, columns: Int)] = []
  var channels = 3
  func convolution(_ filters: Int, _ kernel: Int) {
    shapes.append((filters, channels * kernel * kernel))
    channels = filters
  }
  convolution(32, 3)
  for (filters, blocks) in [(64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)] {
    convolution(filters, 3)
    for _ in 0..<blocks {
      convolution(filters / 2, 1)
      convolution(filters, 3)
    }
  }
  for (filters, skipped) in [(512, 0), (256, 512), (128, 256)] {
    if skipped > 0 {
      channels = 2 * filters
      convolution(filters, 1)
      channels += skipped
    }
    for _ in 0..<3 {
      convolution(filters, 1)
      convolution(2 * filters, 3)
    }
    convolution(255, 1)
  }
  return shapes
}

/// Calls `body` for each number in 0 ..< `count` on two threads, the results in order.
private func onTwoThreads<Value: Sendable>(
  _ count: Int, _ body: @Sendable (Int) -> Value
) -> [Value] {
  let next = Mutex(0)
  let results = Mutex([Value?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < count else { return }
      let result = body(index)
      results.withLock { $0[index] = result }
    }
  }
  return results.withLock { $0.compactMap(\.self) }
}

private struct LargeNetwork {
  let shapes = yoloShapes()
  let weights: [[Float]]

  init(zeros: Float) {
    let shapes = shapes
    weights = onTwoThreads(shapes.count) { index in
      var generator = SeededGenerator(seed: 1).fork(UInt64(index))
      return (0..<shapes[index].rows * shapes[index].columns).map { _ in
        if zeros > 0 && generator.nextFloat() < zeros { return 0 }
        let weight = generator.nextNormal()
        return weight == 0 ? .leastNormalMagnitude : weight
      }
    }
  }

  var count: Int { weights.reduce(0) { $0 + $1.count } }

  /// A table of 16 levels for each layer, row scales where they pay.
  func quantized() throws -> [QuantizedLayer] {
    try onTwoThreads(shapes.count) { [weights, shapes] index in
      let (rows, columns) = shapes[index]
      return Result {
        try LayerQuantizer().quantized(weights: weights[index], rows: rows, columns: columns)
      }
    }.map { try $0.get() }
  }

  /// The layers as dense steps side by side: how they are coded does not depend on what they do.
  static func model(_ layers: [QuantizedLayer]) -> BlobModel {
    let steps = layers.map { layer in
      let weights = BlobWeights(
        .table(StoredNumbers(layer.table.values), codes: layer.codes),
        rowScales: layer.rowScales.areAbsent ? .absent : StoredNumbers(layer.rowScales.values))
      return BlobStep.dense(
        BlobDense(
          x: 0, y: layer.codes.columns, i: layer.codes.columns, o: layer.codes.rows,
          weights: weights))
    }
    let words = layers.reduce(0) { max($0, $1.codes.rows + $1.codes.columns) }
    return BlobModel(
      arenaBytes: 4 * words,
      inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [layers[0].codes.columns]))],
      outputs: [BlobTensor(place: layers[0].codes.columns, shape: [layers[0].codes.rows])], steps: steps)
  }
}

/// Most resident memory of this process so far, in MiB; nil where the system does not tell.
private func peakMemory() -> Int? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
    return nil
  }
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 }
}

/// Seconds and processor seconds, of all threads together, that `body` takes.
private func timed(_ body: () throws -> Void) throws -> (wall: Double, processor: Double) {
  let start = clock()
  let took = try ContinuousClock().measure(body) / .seconds(1)
  return (took, Double(clock() - start) / 1e6)
}

/// Prints seconds of each stage and the peak of memory.
func timeLargeNetwork() throws {
  print("quantizing by two threads and encoding by one; in brackets processor seconds:")
  for zeros in [Float(0.9), 0] {
    // Linux starts its count of the peak anew.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let network = LargeNetwork(zeros: zeros)
    var layers: [QuantizedLayer] = []
    let quantize = try timed { layers = try network.quantized() }
    var bytes = 0
    let encode = try timed { bytes = try BlobWriter.bytes(for: LargeNetwork.model(layers)).count }
    let weights = Double(network.count)
    let sizes = String(
      format: "%.1f million weights, %.0f %% zeros: %d bytes, %.3f bits a weight", weights / 1e6,
      100 * zeros, bytes, 8 * Double(bytes) / weights)
    let seconds = String(
      format: "quantize %.1f s (%.1f), encode %.1f s (%.1f), together %.1f s", quantize.wall,
      quantize.processor, encode.wall, encode.processor, quantize.wall + encode.wall)
    let memory = peakMemory().map { "\($0) MiB" } ?? "unknown"
    print("\(sizes)\n  \(seconds); peak resident memory \(memory)")
  }
}
