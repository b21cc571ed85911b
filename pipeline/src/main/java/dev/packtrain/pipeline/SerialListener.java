package dev.packtrain.pipeline;

/** Passes on one call at a time: Spark reports from several threads. */
final class SerialListener implements PrepareListener {
    private final PrepareListener listener;

    SerialListener(PrepareListener listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void progress(PrepareStage stage, long done, long total) {
        listener.progress(stage, done, total);
    }

    @Override
    public synchronized void notice(String what, String sentence) {
        listener.notice(what, sentence);
    }
}
