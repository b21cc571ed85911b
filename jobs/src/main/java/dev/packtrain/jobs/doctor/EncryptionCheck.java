package dev.packtrain.jobs.doctor;

import org.apache.spark.SparkConf;

/** What travels in the clear. libtorch offers nothing else, so this is never ok. */
final class EncryptionCheck implements Check {
    private static final String AUTHENTICATE = "spark.authenticate";
    private static final String CRYPTO = "spark.network.crypto.enabled";
    private static final String SSL = "spark.ssl.rpc.enabled";

    private final SparkConf conf;

    EncryptionCheck(SparkConf conf) {
        this.conf = conf;
    }

    @Override
    public String what() {
        return "encryption";
    }

    @Override
    public Finding run() {
        boolean authenticated = conf.getBoolean(AUTHENTICATE, false);
        boolean encrypted = conf.getBoolean(CRYPTO, false) || conf.getBoolean(SSL, false);
        String found =
                "TCPStore, Gloo and NCCL traffic between ranks is neither authenticated nor encrypted, and rank 0 listens on"
                        + " every interface; Spark's own traffic is %s and %s"
                                .formatted(
                                        authenticated ? "authenticated" : "not authenticated",
                                        encrypted ? "encrypted" : "not encrypted");
        String spark =
                authenticated && encrypted ? "" : "; for Spark's own: %s true, %s true".formatted(AUTHENTICATE, CRYPTO);
        return Finding.warn(
                found,
                "train only where every machine that reaches the ranks is trusted: a private network, a firewall around"
                        + " it, or an encrypted one below (WireGuard, IPsec)"
                        + spark);
    }
}
