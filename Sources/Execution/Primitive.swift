// oneDNN through its C API (version 2: operation descriptor, primitive descriptor, primitive).
//
// Every primitive is created and executed with one OpenMP thread (see `kx_use_one_openmp_thread`)
// and with scratch memory of ours, so that several threads can run primitives side by side.

import CDNNL
import CKernels
import ModelGraph

/// Which node an engine failure is reported for.
struct Place {
  let node: String
  let operation: String

  init(node: String, operation: String) { (self.node, self.operation) = (node, operation) }
  init(_ node: Node) { self.init(node: node.name, operation: node.operation.name) }

  func check(_ status: dnnl_status_t) throws(ExecutionError) {
    guard status == dnnl_success else {
      throw .engine(node: node, operation: operation, status: Int(status.rawValue))
    }
  }
}

/// The one processor engine. oneDNN shares it between threads.
enum Engine {
  nonisolated(unsafe) private static let created: (handle: dnnl_engine_t?, status: dnnl_status_t) =
    {
      var handle: dnnl_engine_t?
      let status = dnnl_engine_create(&handle, dnnl_cpu, 0)
      return (handle, status)
    }()

  static func handle(_ place: Place) throws(ExecutionError) -> dnnl_engine_t? {
    try place.check(created.status)
    return created.handle
  }
}

/// An order of execution; one for each program.
final class Stream {
  fileprivate let handle: dnnl_stream_t?

  init(_ place: Place) throws(ExecutionError) {
    var handle: dnnl_stream_t?
    try place.check(
      dnnl_stream_create(
        &handle, try Engine.handle(place), UInt32(dnnl_stream_default_flags.rawValue)))
    self.handle = handle
  }

  deinit { dnnl_stream_destroy(handle) }
}

/// Scratch memory shared by the primitives of one program, which run one after another.
final class Scratch {
  private var bytes = 0
  private var buffer: FloatBuffer?

  func reserve(bytes: Int) { self.bytes = max(self.bytes, bytes) }

  func allocate() throws(ExecutionError) { buffer = try FloatBuffer(count: (bytes + 3) / 4) }

  var pointer: UnsafeMutableRawPointer? { buffer.map { UnsafeMutableRawPointer($0.pointer) } }
}

extension dnnl_memory_desc_t {
  /// A float32 tensor of `dimensions` in a named format.
  static func make(_ dimensions: [Int], _ tag: dnnl_format_tag_t, _ place: Place)
    throws(ExecutionError) -> dnnl_memory_desc_t
  {
    var result = dnnl_memory_desc_t()
    let sizes = dimensions.map { dnnl_dim_t($0) }
    try place.check(
      dnnl_memory_desc_init_by_tag(&result, Int32(sizes.count), sizes, dnnl_f32, tag))
    return result
  }

  var byteCount: Int {
    withUnsafePointer(to: self) { dnnl_memory_desc_get_size($0) }
  }

  func equals(_ other: dnnl_memory_desc_t) -> Bool {
    withUnsafePointer(to: self) { a in
      withUnsafePointer(to: other) { b in dnnl_memory_desc_equal(a, b) != 0 }
    }
  }
}

/// How oneDNN means to run one operation: implementation and memory formats are chosen.
final class PrimitiveDescriptor {
  fileprivate let handle: dnnl_primitive_desc_t?
  let place: Place

  /// - Parameter operation: a oneDNN operation descriptor.
  init(
    _ operation: UnsafeRawPointer, activation: Elementwise? = nil,
    hint: PrimitiveDescriptor? = nil, _ place: Place
  ) throws(ExecutionError) {
    let attributes = try Attributes(activation, place)
    var handle: dnnl_primitive_desc_t?
    try place.check(
      dnnl_primitive_desc_create(
        &handle, operation, attributes.handle, try Engine.handle(place), hint?.handle))
    self.handle = handle
    self.place = place
  }

  /// A copy from one format into another.
  init(reorderFrom source: dnnl_memory_desc_t, to target: dnnl_memory_desc_t, _ place: Place)
    throws(ExecutionError)
  {
    let attributes = try Attributes(nil, place)
    var (source, target) = (source, target)
    var handle: dnnl_primitive_desc_t?
    let engine = try Engine.handle(place)
    try place.check(
      dnnl_reorder_primitive_desc_create(
        &handle, &source, engine, &target, engine, attributes.handle))
    self.handle = handle
    self.place = place
  }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// The format chosen for an argument; nil where the operation has no such argument.
  func format(_ query: dnnl_query_t, _ index: Int32 = 0) -> dnnl_memory_desc_t? {
    guard let found = dnnl_primitive_desc_query_md(handle, query, index)?.pointee,
      found.byteCount > 0
    else { return nil }
    return found
  }
}

/// Scratch memory from the caller, and perhaps an activation on the result.
private final class Attributes {
  private(set) var handle: dnnl_primitive_attr_t?

  init(_ activation: Elementwise?, _ place: Place) throws(ExecutionError) {
    try place.check(dnnl_primitive_attr_create(&handle))
    try place.check(dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user))
    guard let (kind, alpha, beta) = activation else { return }
    var operations: dnnl_post_ops_t?
    try place.check(dnnl_post_ops_create(&operations))
    defer { dnnl_post_ops_destroy(operations) }
    try place.check(dnnl_post_ops_append_eltwise(operations, 1, kind, alpha, beta))
    try place.check(dnnl_primitive_attr_set_post_ops(handle, operations))
  }

  deinit { dnnl_primitive_attr_destroy(handle) }
}

/// A function of oneDNN's on every number of a result.
typealias Elementwise = (dnnl_alg_kind_t, alpha: Float, beta: Float)

extension kx_activation {
  /// The activation as oneDNN's own, where it has one that is exact and cheap. Its rectifier and clip
  /// make a number of NaN: training, which such a number would end anyway, has them for their speed.
  func elementwise(training: Bool) -> Elementwise? {
    switch function {
    case KX_RELU where training: (dnnl_eltwise_relu, 0, 0)
    case KX_LEAKY_RELU where training || a != 0: (dnnl_eltwise_relu, a, 0)
    case KX_CLIP where training && a <= b: (dnnl_eltwise_clip, a, b)
    default: nil
    }
  }
}

/// One operation ready to run, with its arguments.
final class Primitive {
  private let place: Place
  private let scratch: Scratch
  private let scratchIndex: Int?
  private var handle: dnnl_primitive_t?
  private var arguments: [dnnl_exec_arg_t] = []
  private var bound: [UnsafeMutableRawPointer?] = []

  /// - Parameter arguments: oneDNN's argument numbers with their formats; `bind` counts along them.
  init(
    _ descriptor: PrimitiveDescriptor, scratch: Scratch,
    arguments formats: [(number: Int32, format: dnnl_memory_desc_t)]
  ) throws(ExecutionError) {
    place = descriptor.place
    self.scratch = scratch
    var formats = formats
    if let format = descriptor.format(dnnl_query_scratchpad_md) {
      scratch.reserve(bytes: format.byteCount)
      scratchIndex = formats.count
      formats.append((Int32(DNNL_ARG_SCRATCHPAD), format))
    } else {
      scratchIndex = nil
    }
    try place.check(dnnl_primitive_create(&handle, descriptor.handle))
    for (number, format) in formats {
      var memory: dnnl_memory_t?
      var format = format
      try place.check(dnnl_memory_create(&memory, &format, try Engine.handle(place), nil))
      arguments.append(dnnl_exec_arg_t(arg: number, memory: memory))
      bound.append(nil)
    }
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    dnnl_primitive_destroy(handle)
  }

  /// Says where argument `index` lies for the executions that follow.
  func bind(_ index: Int, _ pointer: UnsafeMutableRawPointer?) throws(ExecutionError) {
    guard bound[index] != pointer else { return }
    try place.check(dnnl_memory_set_data_handle(arguments[index].memory, pointer))
    bound[index] = pointer
  }

  func execute(on stream: Stream) throws(ExecutionError) {
    if let scratchIndex { try bind(scratchIndex, scratch.pointer) }
    try place.check(
      dnnl_primitive_execute(handle, stream.handle, Int32(arguments.count), arguments))
  }
}
