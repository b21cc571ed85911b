package dev.packtrain.kernels;

import java.util.function.IntToDoubleFunction;

/** The formulas of {@link FusedRows} in fp64, an element at a time. */
final class FusedRowsReference {
    private FusedRowsReference() {}

    static double[] rstd(double[] x, int rows, double eps) {
        int cols = x.length / rows;
        double[] rstd = new double[rows];
        for (int row = 0; row < rows; row++) {
            int first = row * cols;
            rstd[row] = 1 / Math.sqrt(sum(cols, c -> x[first + c] * x[first + c]) / cols + eps);
        }
        return rstd;
    }

    static double[] norm(double[] x, double[] weight, double[] rstd) {
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = x[i] * rstd[i / weight.length] * weight[i % weight.length];
        }
        return y;
    }

    /** Gradients of x and of the weight. */
    static double[][] normGrad(double[] gradY, double[] x, double[] weight, double[] rstd) {
        int cols = weight.length;
        double[] gradX = new double[x.length];
        double[] gradWeight = new double[cols];
        for (int row = 0; row < rstd.length; row++) {
            int first = row * cols;
            double r = rstd[row];
            double mean = sum(cols, c -> gradY[first + c] * weight[c] * x[first + c] * r) / cols;
            for (int c = 0; c < cols; c++) {
                double normed = x[first + c] * r;
                gradX[first + c] = r * (gradY[first + c] * weight[c] - normed * mean);
                gradWeight[c] += gradY[first + c] * normed;
            }
        }
        return new double[][] {gradX, gradWeight};
    }

    /** Heads side by side in rows of {@code stride}; what is between them stays. */
    static double[] rope(double[] x, double[] angles, int stride, int numHeads, int width) {
        double[] turned = x.clone();
        int half = width / 2;
        for (int i = 0; i < angles.length * numHeads; i++) {
            int row = i / (numHeads * half);
            int head = i / half % numHeads;
            int first = row * stride + head * width + i % half;
            double angle = angles[row * half + i % half];
            turned[first] = x[first] * Math.cos(angle) - x[first + half] * Math.sin(angle);
            turned[first + half] = x[first + half] * Math.cos(angle) + x[first] * Math.sin(angle);
        }
        return turned;
    }

    static double swiglu(double gate, double up) {
        return gate / (1 + Math.exp(-gate)) * up;
    }

    static double gateGrad(double gradY, double gate, double up) {
        double sigmoid = 1 / (1 + Math.exp(-gate));
        return gradY * up * sigmoid * (1 + gate * (1 - sigmoid));
    }

    private static double sum(int count, IntToDoubleFunction term) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += term.applyAsDouble(i);
        }
        return sum;
    }
}
