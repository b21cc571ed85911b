package dev.packtrain.training.collectives;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;
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

    private RankStore(Store store, int port) {
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
        // What the presets make with new belongs to Java alone; to libtorch, which shares it, one may only give a
        // clone.
        try (Store connection = store.clone();
                PrefixStore place = new PrefixStore(prefix, connection)) {
            return new RankStore(place.clone(), port);
        }
    }

    /** Sets a key. */
    void put(String key, String value) {
        try (PointerScope scope = new PointerScope()) {
            store.set(key, new ByteVector(value.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** What a key is set to, without waiting. */
    Optional<String> find(String key) {
        try (PointerScope scope = new PointerScope()) {
            return store.check(new StringVector(key))
                    ? Optional.of(new String(store.get(key).get(), StandardCharsets.UTF_8))
                    : Optional.empty();
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
