#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import ModelGraph
import Tensors
import TestSupport

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }

extension NetBuilder {
  /// A small network with every common layer: [2, 8, 8] to 5.
  static func smallNet(seed: UInt64 = 11) throws -> NetBuilder {
    var net = NetBuilder(seed: seed)
    var x = net.input([2, 8, 8])
    x = try net.convolution(x, to: 6, Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]))
    x = try net.node(.activation(.relu), x)
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    x = try net.convolution(x, to: 8, Window(kernel: [3, 3]))
    x = try net.node(.activation(.relu), x)
    x = try net.node(.reshape([32]), x)
    x = try net.dense(x, to: 12)
    x = try net.node(.activation(.tanh), x)
    x = try net.dense(x, to: 5)
    net.graph.addOutput(try net.node(.softmax(axis: 0), x))
    return net
  }

  /// A window that fits on an image of some size.
  private mutating func randomWindow(_ image: [Int]) -> Window {
    while true {
      let window = Window(
        kernel: [pick([1, 2, 3, 5]), pick([1, 2, 3, 4])],
        strides: [pick([1, 2, 3]), pick([1, 2, 5])],
        dilations: [pick([1, 1, 2, 3]), pick([1, 1, 2, 4])],
        padBefore: [pick([0, 1, 4]), pick([0, 2, 3])],
        padAfter: [pick([0, 1, 3]), pick([0, 2, 6])])
      if (0..<2).allSatisfy({ window.outputSize(image[$0 + 1], axis: $0) != nil }) { return window }
    }
  }

  /// A convolution with a random window, groups and channels.
  static func randomConvolution(_ seed: UInt64) throws -> NetBuilder {
    var net = NetBuilder(seed: 100 + seed)
    let groups = net.pick([1, 1, 2, 3])
    let shape = [groups * net.pick([1, 2, 5]), net.pick([3, 5, 9]), net.pick([4, 7, 8])]
    let x = net.input(shape)
    let channels = groups * net.pick([1, 3, 16])
    let window = net.randomWindow(shape)
    net.graph.addOutput(try net.convolution(x, to: channels, window, groups: groups))
    return net
  }

  /// An average pool with a random window, perhaps hanging over the end.
  static func randomPool(_ seed: UInt64) throws -> NetBuilder {
    var net = NetBuilder(seed: 200 + seed)
    let shape = [net.pick([1, 2, 5]), net.pick([3, 5, 9]), net.pick([4, 7, 8])]
    let x = net.input(shape)
    var window = net.randomWindow(shape)
    window.ceilMode = net.pick([false, true])
    net.graph.addOutput(try net.node(.averagePool(window, countsPadding: true), x))
    return net
  }
}
