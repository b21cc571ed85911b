package dev.packtrain.training.peft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The networks that make virtual tokens, with PEFT's layers and names.
 *
 * @param shapes of the tensors, by name, in order
 * @param run from tensors by name to {@code [N, width]}
 */
record PromptNetworks(Map<String, long[]> shapes, Function<Function<String, Tensor>, Tensor> run) {
    private static final String EMBEDDING = "embedding.weight";

    /** Numbers of all tensors. */
    long numElements() {
        return shapes.values().stream()
                .mapToLong(shape -> LongStream.of(shape).reduce(1, Math::multiplyExact))
                .sum();
    }

    private static Map<String, long[]> embedding(long numTokens, long width) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, new long[] {numTokens, width});
        return shapes;
    }

    private static void linear(Map<String, long[]> shapes, String name, long numIn, long numOut) {
        shapes.put(name + ".weight", new long[] {numOut, numIn});
        shapes.put(name + ".bias", new long[] {numOut});
    }

    private static Tensor linear(Function<String, Tensor> tensors, String name, Tensor xNI) {
        return torch.linear(xNI, tensors.apply(name + ".weight"), new TensorOptional(tensors.apply(name + ".bias")));
    }

    /** Prefix tuning's projection (Li and Liang 2021, arXiv 2101.00190, section 4.3): tanh between two linears. */
    static PromptNetworks projection(long numTokens, long width, long hidden, long numOut) {
        Map<String, long[]> shapes = embedding(numTokens, width);
        linear(shapes, "transform.0", width, hidden);
        linear(shapes, "transform.2", hidden, numOut);
        return new PromptNetworks(
                shapes,
                tensors -> linear(
                        tensors,
                        "transform.2",
                        linear(tensors, "transform.0", tensors.apply(EMBEDDING)).tanh()));
    }

    /** P-tuning's perceptron: three linears, with relu between them. */
    static PromptNetworks perceptron(long numTokens, long width, long hidden) {
        Map<String, long[]> shapes = embedding(numTokens, width);
        linear(shapes, "mlp_head.0", width, hidden);
        linear(shapes, "mlp_head.2", hidden, hidden);
        linear(shapes, "mlp_head.4", hidden, width);
        return new PromptNetworks(shapes, tensors -> {
            Tensor first = torch.relu(linear(tensors, "mlp_head.0", tensors.apply(EMBEDDING)));
            return linear(tensors, "mlp_head.4", torch.relu(linear(tensors, "mlp_head.2", first)));
        });
    }

    /** P-tuning's LSTM in both directions (Liu et al. 2021, arXiv 2103.10385, section 3.3), and two linears with relu between. */
    static PromptNetworks lstm(long numTokens, long width, long hidden, int numLayers) {
        Map<String, long[]> shapes = embedding(numTokens, width);
        for (int layer = 0; layer < numLayers; layer++) {
            for (String direction : new String[] {"", "_reverse"}) {
                String suffix = "_l" + layer + direction;
                shapes.put("lstm_head.weight_ih" + suffix, new long[] {4 * hidden, layer == 0 ? width : 2 * hidden});
                shapes.put("lstm_head.weight_hh" + suffix, new long[] {4 * hidden, hidden});
                shapes.put("lstm_head.bias_ih" + suffix, new long[] {4 * hidden});
                shapes.put("lstm_head.bias_hh" + suffix, new long[] {4 * hidden});
            }
        }
        String[] weights = shapes.keySet().stream()
                .filter(name -> name.startsWith("lstm_head."))
                .toArray(String[]::new);
        linear(shapes, "mlp_head.0", 2 * hidden, 2 * hidden);
        linear(shapes, "mlp_head.2", 2 * hidden, width);
        return new PromptNetworks(shapes, tensors -> {
            Tensor in1NE = tensors.apply(EMBEDDING).unsqueeze(0);
            Tensor zeros = torch.zeros_like(in1NE)
                    .narrow(2, 0, 1)
                    .narrow(1, 0, 1)
                    .expand(2L * numLayers, 1, hidden)
                    .contiguous();
            TensorVector parameters = new TensorVector();
            for (String name : weights) {
                parameters.push_back(tensors.apply(name));
            }
            T_TensorTensorTensor_T out = torch.lstm(
                    in1NE, new TensorVector(zeros, zeros), parameters, true, numLayers, 0, false, true, true);
            Tensor both = new Tensor(out.get0()).squeeze(0);
            return linear(tensors, "mlp_head.2", torch.relu(linear(tensors, "mlp_head.0", both)));
        });
    }
}
