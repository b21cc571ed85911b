package dev.packtrain.training.device;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;

/** libtorch's operator {@code mkldnn::_linear_pointwise} with nothing after the product. */
final class OneDnnProduct {
    private static final String OPERATOR = "mkldnn::_linear_pointwise";
    private static final int SCALARS = 4; // the place of the argument that is an empty list of optional scalars

    private final OperatorHandle operator;
    private final IValue nothing;
    private final IValue noPointwise;
    private final IValue noScalars;

    private OneDnnProduct() {
        try (PointerScope scratch = new PointerScope()) {
            operator = Dispatcher.singleton().findSchemaOrThrow(OPERATOR, "");
            nothing = new IValue();
            noPointwise = new IValue("none");
            noScalars = new IValue(new GenericList(operator.schema()
                    .arguments()
                    .getPointer(SCALARS)
                    .type()
                    .get()
                    .containedType(0)));
            // As long as the process.
            operator.retainReference();
            nothing.retainReference();
            noPointwise.retainReference();
            noScalars.retainReference();
        }
    }

    /** {@code x·wᵀ + bias}, a new tensor; autograd does not know the operator. */
    static Tensor linear(Tensor xTI, Tensor weightOI, Optional<Tensor> biasO) {
        return Holder.PRODUCT.apply(xTI, weightOI, biasO);
    }

    private Tensor apply(Tensor xTI, Tensor weightOI, Optional<Tensor> biasO) {
        return TensorScope.one(() -> {
            IValue bias = biasO.isPresent() ? new IValue(biasO.get()) : nothing;
            IValueVector stack =
                    new IValueVector(new IValue(xTI), new IValue(weightOI), bias, noPointwise, noScalars, nothing);
            operator.callBoxed(stack);
            // toTensor() refers into the stack, which is gone before the result is: copy the handle.
            return new Tensor(stack.get(0).toTensor());
        });
    }

    private static final class Holder {
        static final OneDnnProduct PRODUCT = new OneDnnProduct();
    }
}
