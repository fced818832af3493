import FixedPoint
import ModelGraph
import Simplification
import Tensors

/// Stand-in.
struct PlainBytes {
  let graph: Graph
  func run(_ inputs: [[Int8]]) -> [[Int8]] {
    var v = [[Int8]](repeating: [], count: graph.values.count)
    for (i, x) in zip(graph.inputs, inputs) { v[i.index] = x }
    for n in graph.nodes { v[n.output.index] = node(n, n.inputs.map { v[$0.index] }) }
    return v
  }
  func enc(_ i: ValueID) -> ByteEncoding {
    let e = graph[i].integers!
    return ByteEncoding(scale: e.scales[0], zeroPoint: e.zeroPoints[0])
  }
  func strides(_ s: [Int]) -> [Int] { s.indices.map { s[($0 + 1)...].elementCount } }
  func node(_ n: Node, _ xs: [[Int8]]) -> [Int8] {
    let y = enc(n.output)
    let os = graph[n.output].shape
    switch n.operation {
    case .convolution(let c):
      let x = enc(n.inputs[0]); let s = graph[n.inputs[0]].shape
      let w = graph[c.weight].integers!; let b = c.bias.map { graph[$0].integers!.integers }
      let per = w.shape[1]; let (kh, kw) = (c.window.kernel[0], c.window.kernel[1])
      var out: [Int8] = []
      for o in 0..<os[0] {
        let g = o / (os[0] / c.groups)
        let m = FixedMultiplier(from: x.scale, times: w.encoding.scales.count == 1 ? w.encoding.scales[0] : w.encoding.scales[o], to: y.scale)
        for oy in 0..<os[1] { for ox in 0..<os[2] {
          var acc = b?[o] ?? 0
          for i in 0..<per { for ty in 0..<kh { for tx in 0..<kw {
            let iy = oy * c.window.strides[0] + ty * c.window.dilations[0] - c.window.padBefore[0]
            let ix = ox * c.window.strides[1] + tx * c.window.dilations[1] - c.window.padBefore[1]
            guard iy >= 0, iy < s[1], ix >= 0, ix < s[2] else { continue }
            acc += w.integers[((o * per + i) * kh + ty) * kw + tx] * (Int32(xs[0][((g * per + i) * s[1] + iy) * s[2] + ix]) - x.zeroPoint)
          } } }
          out.append(y.byte(m.applied(to: acc)))
        } }
      }
      return out
    case .dense(let d):
      let x = enc(n.inputs[0]); let w = graph[d.weight].integers!; let b = d.bias.map { graph[$0].integers!.integers }
      let (rows, cols) = (w.shape[0], w.shape[1])
      var out: [Int8] = []
      for k in 0..<xs[0].count / cols { for o in 0..<rows {
        let m = FixedMultiplier(from: x.scale, times: w.encoding.scales.count == 1 ? w.encoding.scales[0] : w.encoding.scales[o], to: y.scale)
        var acc = b?[o] ?? 0
        for i in 0..<cols { acc += w.integers[o * cols + i] * (Int32(xs[0][k * cols + i]) - x.zeroPoint) }
        out.append(y.byte(m.applied(to: acc)))
      } }
      return out
    case .activation(let f):
      let x = enc(n.inputs[0])
      let fn: ByteFunction
      switch f {
      case .relu: fn = x == y ? .clip(low: 0, high: .infinity) : .relu
      case .clip(let l, let h): fn = .clip(low: l, high: h)
      case .leakyRelu(let a): fn = .leakyRelu(alpha: a)
      case .sigmoid: fn = .sigmoid
      case .tanh: fn = .tanh
      case .hardSwish, .hardSigmoid: fn = .hardSwish
      }
      let t = fn.table(from: x, to: y)!
      return xs[0].map { t[Int($0) + 128] }
    case .prelu(let id):
      let sl = graph[id].integers!
      let r = ByteSlope(enc(n.inputs[0]), slope: ByteEncoding(scale: sl.encoding.scales[0], zeroPoint: sl.encoding.zeroPoints[0]), to: y)
      return xs[0].indices.map { r.byte(xs[0][$0], slope: Int8(sl.integers[broadcast($0, os, sl.shape)])) }
    case .softmax: return xs[0]
    case .maxPool(let w): return pool(n, xs[0], w) { $0.max()! }
    case .averagePool(let w, _): return pool(n, xs[0], w) { Int8(FixedPoint.average(sum: $0.reduce(0) { $0 + Int($1) }, count: $0.count)) }
    case .globalAveragePool:
      let c = xs[0].count / os[0]
      let m = ByteMean(count: c, from: enc(n.inputs[0]), to: y)
      return (0..<os[0]).map { k in m.byte(sum: xs[0][k * c..<(k + 1) * c].reduce(0) { $0 + Int($1) }) }
    case .binary(let op):
      let (a, b) = (enc(n.inputs[0]), enc(n.inputs[1]))
      let (sa, sb) = (graph[n.inputs[0]].shape, graph[n.inputs[1]].shape)
      return (0..<os.elementCount).map { i in
        let (p, q) = (xs[0][broadcast(i, os, sa)], xs[1][broadcast(i, os, sb)])
        if op == .multiply { return ByteProduct(a, b, to: y).byte(p, q) }
        return ByteSum(a, b, to: y, subtracts: op == .subtract)!.byte(p, q)
      }
    case .constant(let p): return graph[p].integers!.integers.map { Int8($0) }
    case .concat(let axis):
      let outer = os[..<axis].elementCount
      var out: [Int8] = []
      for k in 0..<outer { for x in xs { let c = x.count / outer; out += x[k * c..<(k + 1) * c] } }
      return out
    case .pad(let p):
      guard case .constant(let v) = p.mode else { fatalError() }
      let s = graph[n.inputs[0]].shape; let (so, si) = (strides(os), strides(s))
      var out = [Int8](repeating: y.byte(of: v), count: os.elementCount)
      for i in xs[0].indices {
        out[s.indices.reduce(0) { $0 + (i / si[$1] % s[$1] + p.before[$1]) * so[$1] }] = xs[0][i]
      }
      return out
    case .reshape: return xs[0]
    case .transpose(let perm):
      let s = graph[n.inputs[0]].shape; let (so, si) = (strides(os), strides(s))
      return (0..<os.elementCount).map { i in xs[0][os.indices.reduce(0) { $0 + (i / so[$1] % os[$1]) * si[perm[$1]] }] }
    case .gather(let places):
      let last = graph[n.inputs[0]].shape.last!
      return (0..<xs[0].count / last).flatMap { k in places.map { xs[0][k * last + $0] } }
    case .affine: fatalError()
    }
  }
  func broadcast(_ i: Int, _ os: [Int], _ s: [Int]) -> Int {
    let (so, si) = (strides(os), strides(s)); let d = os.count - s.count
    return s.indices.reduce(0) { $0 + (s[$1] == 1 ? 0 : i / so[$1 + d] % os[$1 + d]) * si[$1] }
  }
  func pool(_ n: Node, _ x: [Int8], _ w: Window, _ f: ([Int8]) -> Int8) -> [Int8] {
    let s = graph[n.inputs[0]].shape; let os = graph[n.output].shape
    var out: [Int8] = []
    for c in 0..<os[0] { for oy in 0..<os[1] { for ox in 0..<os[2] {
      var seen: [Int8] = []
      for ty in 0..<w.kernel[0] { for tx in 0..<w.kernel[1] {
        let iy = oy * w.strides[0] + ty * w.dilations[0] - w.padBefore[0], ix = ox * w.strides[1] + tx * w.dilations[1] - w.padBefore[1]
        if iy >= 0, iy < s[1], ix >= 0, ix < s[2] { seen.append(x[(c * s[1] + iy) * s[2] + ix]) }
      } }
      out.append(f(seen))
    } } }
    return out
  }
}
