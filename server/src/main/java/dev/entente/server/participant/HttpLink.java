package dev.entente.server.participant;

import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.http.Handshakes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes HTTP clients that do what they are told and no more: no redirect, no proxy, no cookie, no second try. */
final class HttpLink {
    static {
        // A participant that is called by the address that was checked is still told the name that it was called by.
        if (System.getProperty("jdk.httpclient.allowRestrictedHeaders") == null) {
            System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        }
        // A GET whose connection ends without an answer is sent again otherwise, unseen by whoever counts what was
        // sent. No
        // client has a switch of its own for it, and the limit counts the first try.
        System.setProperty("jdk.httpclient.redirects.retrylimit", "1");
        System.setProperty("jdk.httpclient.disableRetryConnect", "true");
    }

    private static final char[] NO_PASSWORD = new char[0];

    private HttpLink() {}

    /**
     * A client of its own.
     *
     * @param executor for its work, which may block on name look-ups
     * @param tls null for the platform's trust
     * @throws UncheckedIOException if the files cannot be read
     * @throws IllegalArgumentException if they hold something else
     */
    static HttpClient client(Executor executor, @Nullable Tls tls) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .executor(Handshakes.passingOn(executor))
                .sslContext(Handshakes.telling(tls == null ? platform() : context(tls)));
        return builder.build();
    }

    private static SSLContext platform() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this platform has no TLS", e);
        }
    }

    private static SSLContext context(Tls tls) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    tls.certificate() == null || tls.key() == null ? null : ownChain(tls.certificate(), tls.key()),
                    tls.trusted() == null ? null : trusting(tls.trusted()),
                    null);
            return context;
        } catch (IOException unreadable) {
            throw new UncheckedIOException("TLS files of a participant cannot be read", unreadable);
        } catch (GeneralSecurityException bad) {
            throw new IllegalArgumentException("TLS files of a participant cannot be used: " + bad.getMessage(), bad);
        }
    }

    private static TrustManager[] trusting(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("trusted-" + store.size(), certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] ownChain(Path chain, Path key) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        store.setKeyEntry(
                "own", privateKey(key), NO_PASSWORD, certificates(chain).toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    /** PKCS#8, not encrypted, as gRPC takes it too. */
    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        String body = Files.readString(file).replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "");
        PKCS8EncodedKeySpec encoded =
                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body));
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException other) {
                // It is a key of another algorithm.
            }
        }
        throw new InvalidKeySpecException(
                file + " holds no PKCS#8 private key (BEGIN PRIVATE KEY) of RSA, EC or EdDSA");
    }
}
