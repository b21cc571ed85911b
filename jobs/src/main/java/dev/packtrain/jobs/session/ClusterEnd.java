package dev.packtrain.jobs.session;

/** An application that the cluster ended: how Spark says it, and how Packtrain does. */
public final class ClusterEnd {
    private static final String WHAT =
            "the cluster ended this application%s, as it does when executors do not start or die again and again%s";

    /** What to do. */
    public static final String REMEDY =
            "look at the workers' logs and at stderr of the executors in their work folders";

    private ClusterEnd() {}

    /** What happened, if {@link #isSaid} or {@link #isOver} is true of Spark's words. */
    public static String what(String text) {
        return isSaid(text)
                ? WHAT.formatted("", "")
                : WHAT.formatted(" or never took it", ", or when its master wants another spark.authenticate.secret");
    }

    /** Whether Spark's words say that it was ended. */
    public static boolean isSaid(String text) {
        return text.contains("Master removed our application");
    }

    /** Whether they are those for who comes after that, or after the session was stopped for another reason. */
    public static boolean isOver(String text) {
        return text.contains("stopped SparkContext");
    }
}
