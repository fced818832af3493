// VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: state. What is read of a variable before anything was assigned
// to it in this call is what the call before has left: an input of the graph. What it holds behind the last
// operator is left to the next call: an output.

import ModelGraph
import Tensors

extension TFLiteBuilder {
  /// A variable as far as its operators were met.
  struct Variable {
    /// What a call finds; nil: nothing has read it yet.
    var found: TFLiteValue?
    /// What it holds; nil: what it was found with.
    var held: TFLiteValue?
  }

  /// An order of axes for what is kept: convolutions read channels first, and then nothing has to be moved.
  private func layout(ofState shape: [Int]) -> [Int] {
    shape.count == 4 && shape[0] == 1 ? TFLiteLayout.image : TFLiteLayout.plain(shape)
  }

  /// Notes what an operator does with variables.
  ///
  /// - Returns: whether it is such an operator; nothing else is to be done for it then.
  mutating func tracesVariable(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> Bool {
    switch call.operation {
    case .callOnce:
      guard variables.isEmpty else {
        throw node.unsupported("it comes behind an operator that reads a variable or assigns to one")
      }
    case .varHandle(let variable): handles[call.outputs[0]] = variable
    case .readVariable:
      let variable = try variable(call, node)
      if let held = variables[variable]?.held {
        values[call.outputs[0]] = .computed(try checked(held, call.outputs[0], node))
      } else {
        let found: TFLiteValue
        if let known = variables[variable]?.found {
          found = known
        } else {
          found = try state(variable, like: call.outputs[0], node)
        }
        note(variable) { $0.found = found }
        values[call.outputs[0]] = .computed(try checked(found, call.outputs[0], node))
      }
    case .assignVariable:
      let variable = try variable(call, node)
      let value = try data(call, 1, node)
      note(variable) { $0.held = value }
    default: return false
    }
    return true
  }

  /// Behind the last operator and the outputs: carries what is kept from one call to the next. What nobody reads at
  /// its beginning is no state.
  mutating func carryVariables() throws(ModelLoadingError) {
    for (_, found, left) in kept { graph.carry(found, from: left, GraphState(name: graph[found].name)) }
    for variable in variableOrder {
      guard let known = variables[variable], let found = known.found else { continue }
      let node = TFLiteNode(name: variable.name, operator: "variable")
      let held = known.held ?? found
      guard held.shape == found.shape, graph[held.id].integers == graph[found.id].integers else {
        throw node.unfit("it is read as \(found.shape) and assigned \(held.shape), or of another scale")
      }
      let layout = layout(ofState: found.shape)
      let left = try arranged(held, layout, node)
      graph.carry(
        found.id, from: left,
        GraphState(name: graph[found.id].name, beginning: try beginning(of: variable, as: found, layout, node)))
    }
  }

  private func variable(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteVariable {
    guard let handle = call.inputs[0], let variable = handles[handle] else {
      throw node.unfit("its first input names no variable")
    }
    return variable
  }

  private mutating func note(_ variable: TFLiteVariable, _ change: (inout Variable) -> Void) {
    if variables[variable] == nil { variableOrder.append(variable) }
    change(&variables[variable, default: Variable()])
  }

  /// A new input of the graph.
  private mutating func state(_ variable: TFLiteVariable, like tensor: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let (shape, element) = (model.tensors[tensor].shape, model.tensors[tensor].element)
    let encoding = byteEncoding(ofTensor: tensor)
    guard element == .float32 || isExact && encoding != nil else {
      throw node.unsupported("it keeps \(element.name), and float32 and bytes with one scale are kept")
    }
    let layout = layout(ofState: shape)
    let name = uniqueName(variable.name.isEmpty ? node.name : variable.name, among: &valueNames)
    let id = graph.addInput(name: name, shape: layout.map { shape[$0] })
    graph.encode(id, as: isExact ? encoding : nil)
    return TFLiteValue(id: id, axes: layout.filter { shape[$0] > 1 }, shape: shape)
  }

  /// What a variable holds as a tensor that it is read as.
  private func checked(_ value: TFLiteValue, _ tensor: Int, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    guard value.shape == model.tensors[tensor].shape,
      !isExact || graph[value.id].integers == byteEncoding(ofTensor: tensor)
    else { throw node.unfit("it reads a variable of \(value.shape) under another shape or scale") }
    return value
  }

  private mutating func beginning(
    of variable: TFLiteVariable, as found: TFLiteValue, _ layout: [Int], _ node: TFLiteNode
  ) throws(ModelLoadingError) -> Parameter? {
    guard let index = model.beginnings[variable] else { return nil }
    let tensor = model.tensors[index]
    guard tensor.shape == found.shape else {
      throw node.unfit("it begins as \(tensor.shape), and \(found.shape) is read of it")
    }
    try reserve(tensor.count, node)
    let (name, shape) = ("\(variable.name) at first", graph[found.id].shape)
    let order = layout + found.shape.indices.filter { !layout.contains($0) }
    if isExact, let encoding = graph[found.id].integers, let literal = exactLiteral(index) {
      guard byteEncoding(ofTensor: index) == encoding, case .floats(let bytes) = literal.transposed(order).content,
        let integers = IntegerTensor(shape: shape, integers: bytes.map { Int32($0) }, encoding: encoding)
      else { throw node.unfit("it begins as bytes of another scale than is read of it") }
      return Parameter(name: name, role: .constant, integers: integers)
    }
    guard let numbers = model.numbers(of: tensor), numbers.allSatisfy(\.isFinite),
      case .floats(let values) = Literal(name: name, shape: tensor.shape, content: .floats(numbers)).transposed(order).content
    else { throw node.badTensor(name, "it is not of finite numbers") }
    return Parameter(name: name, role: .constant, tensor: Tensor(shape: shape, values: values))
  }
}
