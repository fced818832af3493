import ModelGraph
import TestSupport
import Testing
import Trials

/// What a cut keeps.
struct GraphCutTests {
  @Test func valuesThatPassByTheLayerCross() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let x = net.input([6])
    let a = try net.dense(x, to: 6)
    let b = try net.dense(a, to: 6)
    let sum = try net.node(.binary(.add), b, x)
    net.graph.addOutput(sum)
    let cut = GraphCut(net.graph, behind: net.graph.layers[1])
    #expect(cut.layerInput == a && cut.layerOutput == b && cut.crossing == [x])
    #expect(cut.prefixParameters == [ParameterID(0), ParameterID(1)])
    #expect(cut.layerParameters == [ParameterID(2), ParameterID(3)])
    #expect(cut.chain(to: sum, in: net.graph) == nil)
  }

  @Test func constantsDoNotCross() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let a = try net.dense(net.input([6]), to: 6)
    let c = try net.node(.constant(net.parameter([6], .constant)))
    let d = try net.node(.activation(.relu), c)
    net.graph.addOutput(try net.node(.binary(.add), a, d))
    #expect(GraphCut(net.graph, behind: net.graph.layers[0]).crossing == [])
  }

  @Test func aChainIsFollowedToItsEnd() throws {
    var net = NetBuilder(seed: 1)
    let a = try net.dense(net.input([6]), to: 6)
    let b = try net.node(.activation(.relu), a)
    let c = try net.dense(b, to: 3)
    net.graph.addOutput(c)
    let cut = GraphCut(net.graph, behind: net.graph.layers[0])
    #expect(cut.chain(to: c, in: net.graph)?.map(\.output) == [b, c])
    #expect(cut.chain(to: a, in: net.graph)?.isEmpty == true)
  }

  @Test func anOutputThatTheLayerDoesNotBearOnCrosses() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let x = net.input([6])
    let a = try net.node(.activation(.tanh), x)
    net.graph.addOutput(a)
    net.graph.addOutput(try net.dense(x, to: 3))
    #expect(GraphCut(net.graph, behind: net.graph.layers[0]).crossing == [a])
  }
}
