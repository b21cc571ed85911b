package dev.packtrain.jobs.session;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code --master} names. */
final class MasterUrl {
    private static final String STANDALONE = "spark://";
    private static final Pattern ADDRESS = Pattern.compile("([^,/:]+):(\\d{1,5})");
    private static final int TIMEOUT_MILLIS = 5000;

    private MasterUrl() {}

    /** Why no address of a standalone master answers; empty if one does, or it is another kind of master. Spark itself tries for a minute. */
    static Optional<String> unreachable(String master) {
        if (!master.startsWith(STANDALONE)) {
            return Optional.empty();
        }
        Matcher addresses = ADDRESS.matcher(master.substring(STANDALONE.length()));
        String reason = "%s names no host:port".formatted(master);
        while (addresses.find()) {
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(addresses.group(1), Integer.parseInt(addresses.group(2))),
                        TIMEOUT_MILLIS);
                return Optional.empty();
            } catch (IOException | IllegalArgumentException refused) {
                reason = "%s does not answer (%s)".formatted(master, refused.getMessage());
            }
        }
        return Optional.of(reason);
    }
}
