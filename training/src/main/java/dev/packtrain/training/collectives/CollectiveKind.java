package dev.packtrain.training.collectives;

/** What a collective does. */
enum CollectiveKind {
    ALL_REDUCE("all-reduce"),
    ALL_REDUCE_MAX("all-reduce of maxima"),
    REDUCE_SCATTER("reduce-scatter"),
    ALL_GATHER("all-gather"),
    BROADCAST("broadcast"),
    BARRIER("barrier");

    private final String title;

    CollectiveKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
