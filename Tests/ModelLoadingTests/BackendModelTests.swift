import ModelGraph
import ModelLoading
import TestSupport
import Testing

/// What becomes of a model of ONNX's backend tests.
enum Fate: Sendable {
  /// With this shape of one sample's output.
  case loads([Int])
  /// With a sentence that names this operator.
  case refused(String)
}

private let backendModels: [(String, Fate)] = [
  ("test_AvgPool1d", .loads([3, 3])),
  ("test_AvgPool1d_stride", .loads([3, 3])),
  ("test_AvgPool2d", .loads([3, 3, 3])),
  ("test_AvgPool2d_stride", .loads([3, 3, 3])),
  ("test_BatchNorm2d_eval", .loads([3, 6, 6])),
  ("test_BatchNorm2d_momentum_eval", .loads([3, 6, 6])),
  ("test_ConstantPad2d", .loads([3, 11, 7])),
  ("test_Conv1d", .loads([5, 8])),
  ("test_Conv1d_dilated", .loads([5, 6])),
  ("test_Conv1d_groups", .loads([6, 4])),
  ("test_Conv1d_pad1", .loads([5, 10])),
  ("test_Conv1d_pad1size1", .loads([4, 1])),
  ("test_Conv1d_pad2", .loads([5, 10])),
  ("test_Conv1d_pad2size1", .loads([4, 1])),
  ("test_Conv1d_stride", .loads([5, 4])),
  ("test_Conv2d", .loads([4, 5, 4])),
  ("test_Conv2d_depthwise", .loads([4, 4, 4])),
  ("test_Conv2d_depthwise_padded", .loads([4, 6, 6])),
  ("test_Conv2d_depthwise_strided", .loads([4, 2, 2])),
  ("test_Conv2d_depthwise_with_multiplier", .loads([8, 4, 4])),
  ("test_Conv2d_dilated", .loads([2, 3, 3])),
  ("test_Conv2d_groups", .loads([6, 4, 4])),
  ("test_Conv2d_groups_thnn", .loads([6, 4, 4])),
  ("test_Conv2d_no_bias", .loads([4, 4, 4])),
  ("test_Conv2d_padding", .loads([4, 3, 3])),
  ("test_Conv2d_strided", .loads([4, 2, 2])),
  ("test_ConvTranspose2d", .loads([4, 20, 12])),
  ("test_ConvTranspose2d_no_bias", .loads([4, 12, 20])),
  ("test_ELU", .loads([2, 5])),
  ("test_Embedding", .loads([4, 3])),
  ("test_Embedding_sparse", .loads([4, 3])),
  ("test_GLU", .loads([3])),
  ("test_GLU_dim", .loads([3, 7])),
  ("test_LeakyReLU", .loads([2, 5])),
  ("test_LeakyReLU_with_negval", .loads([2, 5])),
  ("test_Linear", .loads([8])),
  ("test_Linear_no_bias", .loads([8])),
  ("test_LogSoftmax", .loads([20])),
  ("test_MaxPool1d", .loads([10, 1])),
  ("test_MaxPool1d_stride", .loads([10, 1])),
  ("test_MaxPool1d_stride_padding_dilation", .loads([1, 21821])),
  ("test_MaxPool2d", .loads([3, 4, 4])),
  ("test_MaxPool2d_stride_padding_dilation", .loads([1, 43, 25])),
  ("test_PReLU_1d", .loads([3, 4])),
  ("test_PReLU_1d_multiparam", .loads([3, 4])),
  ("test_PReLU_2d", .loads([3, 4, 5])),
  ("test_PReLU_2d_multiparam", .loads([3, 4, 5])),
  ("test_PixelShuffle", .loads([1, 12, 12])),
  ("test_PoissonNLLLLoss_no_reduce", .refused("Mul")),
  ("test_ReLU", .loads([3, 4, 5])),
  ("test_ReflectionPad2d", .loads([3, 15, 11])),
  ("test_ReplicationPad2d", .loads([3, 11, 7])),
  ("test_SELU", .loads([2, 5])),
  ("test_Sigmoid", .loads([3, 4, 5])),
  ("test_Softmax", .loads([20])),
  ("test_Softmin", .loads([20])),
  ("test_Softplus", .loads([20])),
  ("test_Softsign", .loads([2, 5])),
  ("test_Tanh", .loads([3, 4, 5])),
  ("test_ZeroPad2d", .loads([3, 11, 7])),
  ("test_log_softmax_dim3", .loads([3, 4, 5])),
  ("test_log_softmax_lastdim", .loads([128])),
  ("test_softmax_functional_dim3", .loads([3, 4, 5])),
  ("test_softmax_lastdim", .loads([128])),
]

@Suite struct BackendModelTests {
  @Test(
    .enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)),
    arguments: backendModels)
  func earlyModelsLoadOrAreRefusedByName(name: String, fate: Fate) throws {
    let path = SharedFiles.backendFolder(name) + "/model.onnx"
    do throws(ModelLoadingError) {
      let loaded = try ModelLoader.load(path: path)
      guard case .loads(let shape) = fate else {
        Issue.record("\(name) loads")
        return
      }
      #expect(loaded.outputShape == shape)
    } catch {
      guard case .refused(let op) = fate else {
        Issue.record("\(name): \(error.sentence)")
        return
      }
      #expect(error.sentence.contains("\(op) (") || error.sentence.contains("(\(op))"))
    }
  }

  @Test(.enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)))
  func tensorFilesAreRead() throws {
    let folder = SharedFiles.backendFolder("test_Conv2d") + "/test_data_set_0/"
    let input = try ONNXImporter.readTensorProto(path: folder + "input_0.pb")
    let output = try ONNXImporter.readTensorProto(path: folder + "output_0.pb")
    #expect(input.tensor.shape == [2, 3, 7, 5])
    #expect(output.tensor.shape == [2, 4, 5, 4])
    #expect(input.tensor.values.allSatisfy { $0.isFinite })
  }
}
