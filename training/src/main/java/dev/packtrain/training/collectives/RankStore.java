package dev.packtrain.training.collectives;

import java.time.Duration;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

/**
 * The key-value store through which ranks find each other: libtorch's {@code TCPStore}. It neither authenticates nor
 * encrypts, and listens on every interface of rank 0's host: the network between the ranks has to be a trusted one.
 */
public final class RankStore implements AutoCloseable {
    private final Store store;
    private final int port;

    private RankStore(TCPStore store) {
        this.store = store;
        // The port is an unsigned 16-bit number in a Java short.
        this.port = Short.toUnsignedInt(store.getPort());
    }

    private RankStore(PrefixStore store, int port) {
        this.store = store;
        this.port = port;
    }

    /**
     * Rank 0: listens on a free port.
     *
     * @param host address to connect to from this host
     * @param timeout deadline of every later wait
     */
    public static RankStore listen(String host, Duration timeout) {
        return new RankStore(new TCPStore(host, options(timeout, true, 0)));
    }

    /**
     * The other ranks: connects.
     *
     * @throws PeerLostException if rank 0 does not answer in time
     */
    public static RankStore connect(String host, int port, Duration timeout) {
        try {
            return new RankStore(new TCPStore(host, options(timeout, false, port)));
        } catch (RuntimeException e) {
            throw new PeerLostException(
                    "the store of rank 0 at %s:%d does not answer within %d s."
                            .formatted(host, port, timeout.toSeconds()),
                    e);
        }
    }

    private static TCPStoreOptions options(Duration timeout, boolean server, int port) {
        // The port is an unsigned 16-bit number in a Java short.
        return new TCPStoreOptions()
                .isServer(server)
                .port((short) port)
                .waitWorkers(false)
                .timeout(new Milliseconds(timeout.toMillis()));
    }

    /** The port that rank 0 listens on. */
    public int port() {
        return port;
    }

    /** Another connection to the store, on which every key begins with {@code prefix}: a place of its own for a group. */
    RankStore under(String prefix) {
        // The presets wrap a store once only; and one connection serves one request at a time.
        try (Store connection = store.clone()) {
            return new RankStore(new PrefixStore(prefix, connection), port);
        }
    }

    Store torch() {
        return store;
    }

    @Override
    public void close() {
        store.close();
    }
}
