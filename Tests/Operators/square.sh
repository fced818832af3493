# The toy operator: Square, x times x, in every file that Sources/README.md says. Read by toy.sh.

# --- What it is ---
after Sources/ModelGraph/Operation.swift 'case gather([Int])' <<'SWIFT'
  /// x times x.
  case square
SWIFT
after Sources/ModelGraph/Operation.swift 'case .gather(let places): Gather(places: places)' <<'SWIFT'
      case .square: Square()
SWIFT
new Sources/ModelGraph/Operations/Square.swift <<'SWIFT'
struct Square: OneInput, NoParameters, NewNumbers {
  var operation: Operation { .square }
  var name: String { "square" }
  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] { [given[0]] }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    0...inputs[0].reach * inputs[0].reach
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.track(of: node.inputs[0]).mapping { $1.map { $0 * $0 } }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { nil }
  var exactForm: ExactForm? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: []) }
}
SWIFT

# --- From what it is read, and as what it is written ---
after Sources/ModelLoading/ONNX/ONNXOperator.swift '"Softmax": ["axis"],' <<'SWIFT'
    "Square": [],
SWIFT
after Sources/ModelLoading/ONNX/ONNXOperator.swift 'case "Softmax": try softmax(node) { .softmax(axis: $0) }' <<'SWIFT'
    case "Square": try elementwise(.square, node)
SWIFT
after Sources/ModelLoading/ONNX/ONNXOperator.swift 'case .logSoftmax(let axis): add("LogSoftmax", of: node, integer: ["axis": axis + 1])' <<'SWIFT'
    case .square: add("Square", of: node)
SWIFT
after Formats/Imports.md '| Identity, Dropout | nothing | `is_test` 1, ratio and seed | Dropout in training mode |' <<'MD'
| Square | square | all | |
MD

# --- How the host computes it ---
after Sources/Execution/Planner.swift 'case .binary(let kind): addBinary(node, kind.kernel)' <<'SWIFT'
    case .square: addUnary(node) { SquareStep($0, inputs: [$1], output: $2) }
SWIFT
after Sources/Execution/Planner.swift 'case .convolution, .maxPool, .averagePool: true' <<'SWIFT'
      case .square: false
SWIFT
new Sources/Execution/Steps/SquareStep.swift <<'SWIFT'
/// x times x.
final class SquareStep: Step {
  override func forward() {
    for index in 0..<output.count {
      output.pointer[index] = inputs[0].pointer[index] * inputs[0].pointer[index]
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    for index in 0..<output.count {
      destination[index] = 2 * inputs[0].pointer[index] * outputGradient[index]
    }
  }
}
SWIFT

# --- What a blob says of it ---
new Sources/Blob/Steps/BlobSquare.swift <<'SWIFT'
/// Each of `count` elements times itself; y may be x. Its integer form is a map.
public struct BlobSquare: Equatable, Sendable {
  public var x, y: Int
  public var count: Int

  public init(x: Int, y: Int, count: Int) { (self.x, self.y, self.count) = (x, y, count) }
}

extension BlobSquare: StepFields {
  static let opcode: UInt8 = 24
  static let name = "square"
  static var sizes: String { "x times x" }

  init() { self.init(x: 0, y: 0, count: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .plain("count", \.count)])
    try coder.operands([.reads("x", x, [count], inPlace: true), .writes(y, [count])])
  }
}
SWIFT
after Sources/Blob/BlobStep.swift 'case gather(BlobGather)' <<'SWIFT'
  case square(BlobSquare)
SWIFT
after Sources/Blob/BlobStep.swift 'case .gather(let step): self = try coder.step(step, BlobStep.gather)' <<'SWIFT'
    case .square(let step): self = try coder.step(step, BlobStep.square)
SWIFT
after Sources/Blob/BlobStep.swift '.constant(BlobConstant()), .affine(BlobAffine()), .gather(BlobGather()),' <<'SWIFT'
    .square(BlobSquare()),
SWIFT
after Sources/Blob/BlobStep.swift 'case .gather: "KGL_OP_SELECT"' <<'SWIFT'
    case .square: nil
SWIFT
after Sources/Blob/BlobStep.swift 'case .softmax, .logSoftmax: true' <<'SWIFT'
    case .square: false
SWIFT
after Sources/Lowering/StepBuilder.swift 'return [StepForms(.transpose(s), moving: .transpose(s))]' <<'SWIFT'
    case .square:
      let s = BlobSquare(x: xs[0], y: y, count: out.elementCount)
      return [
        StepForms(.square(s)) { .map($0.map(x: s.x, y: s.y, count: s.count) { x in x * x }) } exact: { _ in nil }
      ]
SWIFT
after Sources/Lowering/StepBuilder.swift 'case .transpose(let s): try transpose(s)' <<'SWIFT'
    case .square(let s): try write(try node(.square, [try read(s.x, count: s.count)]), at: s.y, count: s.count)
SWIFT
after Sources/Lowering/StepBuilder.swift \
  'case .affine(let scale, _): return inputs[0].scale * largest(scale) / signed' <<'SWIFT'
    case .square: return 0
SWIFT

# --- How the runtime computes it ---
after Runtime-C/src/kgl_operators.h \
  '_(SHORT_PRODUCT, KGL_SHORTS, KGL_RULED, read_short_product, short_product_spans, kgl_short_product, kgl_short_product) \' <<'C'
  _(SQUARE, KGL_OP_ACTIVATION, KGL_IN_PLACE, read_elements, shape_spans, kgl_op_square, kgl_integer_map) \
C
new Runtime-C/src/kgl_op_square.c <<'C'
#include "kgl_ops.h"

#if KGL_OP_ACTIVATION && KGL_FLOAT
kgl_status kgl_op_square(kgl_place *place, const kgl_step *step) {
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t i;
  for (i = 0; i < step->u.block.inner; i++) y[i] = x[i] * x[i];
  return KGL_OK;
}
#endif
C
