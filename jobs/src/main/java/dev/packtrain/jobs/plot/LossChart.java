package dev.packtrain.jobs.plot;

import java.util.Locale;

/** Draws a {@link LossCurve} as SVG: axes with round numbers, the curve, and a dashed reference line. */
final class LossChart {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 320;
    private static final int LEFT = 56;
    private static final int RIGHT = 28;
    private static final int TOP = 16;
    private static final int BOTTOM = 40;
    private static final int NUM_TICKS = 5;

    private final LossCurve curve;
    private final double reference;
    private final double lowest;
    private final double highest;
    private final double yTick;
    private final int firstStep;
    private final int lastStep;
    private final StringBuilder svg = new StringBuilder();

    LossChart(LossCurve curve, double reference) {
        this.curve = curve;
        this.reference = reference;
        double[] range = curve.range(reference);
        yTick = roundTick(range[1] - range[0]);
        lowest = Math.floor(range[0] / yTick) * yTick;
        highest = Math.max(Math.ceil(range[1] / yTick) * yTick, lowest + yTick);
        firstStep = curve.size() == 0 ? 0 : curve.steps()[0];
        lastStep = curve.size() == 0 ? 1 : Math.max(curve.steps()[curve.size() - 1], firstStep + 1);
    }

    /** 1, 2 or 5 times a power of ten, so that about five ticks fit. */
    static double roundTick(double range) {
        double wanted = Math.max(range, 1e-6) / NUM_TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(wanted)));
        double factor = wanted / power;
        return power * (factor > 5 ? 10 : factor > 2 ? 5 : factor > 1 ? 2 : 1);
    }

    private double x(int step) {
        return LEFT + (double) (step - firstStep) / (lastStep - firstStep) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double loss) {
        return TOP + (highest - loss) / (highest - lowest) * (HEIGHT - TOP - BOTTOM);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    String toSvg() {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
        add("<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>");
        addLossAxis();
        addStepAxis();
        if (Double.isFinite(reference)) {
            add(
                    "<line class=\"reference\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#888888\""
                            + " stroke-dasharray=\"6 4\"/>",
                    LEFT, WIDTH - RIGHT, y(reference), y(reference));
        }
        addCurve();
        add("</svg>");
        return svg.toString();
    }

    private void addLossAxis() {
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(yTick)));
        long numTicks = Math.round((highest - lowest) / yTick);
        for (int i = 0; i <= numTicks; i++) {
            double loss = lowest + i * yTick;
            add(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>",
                    LEFT, WIDTH - RIGHT, y(loss), y(loss));
            add(
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444444\">%." + decimals + "f</text>",
                    LEFT - 6,
                    y(loss) + 4,
                    loss);
        }
        add("<text x=\"12\" y=\"%d\" transform=\"rotate(-90 12 %d)\" text-anchor=\"middle\">loss</text>", 140, 140);
    }

    private void addStepAxis() {
        int tick = (int) Math.max(1, roundTick(lastStep - firstStep));
        for (int step = (firstStep + tick - 1) / tick * tick; step <= lastStep; step += tick) {
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444444\">%d</text>",
                    x(step), HEIGHT - BOTTOM + 18, step);
        }
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
    }

    private void addCurve() {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < curve.size(); i++) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(curve.steps()[i]), y(curve.losses()[i])));
        }
        add(
                "<polyline fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"1.5\" points=\"%s\"/>",
                points.toString().strip());
    }
}
