package dev.packtrain.training.collectives;

/** What libtorch's exceptions say, shortened for people. */
final class TorchMessage {
    private TorchMessage() {}

    /** "[file:line] reason. more": people want the reason. */
    static String firstLine(RuntimeException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("^\\[[^\\]]*\\]\\s*", "")
                .replaceFirst("\\.$", "");
    }
}
