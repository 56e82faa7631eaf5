package dev.entente.server;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate for 127.0.0.1, made with the JDK's keytool. A client that trusts the certificate trusts its
 * holder only.
 *
 * @param chain PEM
 * @param key PEM, PKCS#8
 */
public record Certificate(Path chain, Path key) {
    private static final String PASSWORD = "changeit";
    private static final String ALIAS = "it";

    /** Blocks for about a second. */
    public static Certificate selfSigned(Path folder, String name)
            throws IOException, InterruptedException, GeneralSecurityException {
        return selfSigned(folder, name, 90);
    }

    /** Creates a certificate that expires after this number of days. Blocks for about a second. */
    public static Certificate selfSigned(Path folder, String name, int days)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        generate(folder, name, days, store);
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        byte[] chain = keys.getCertificate(ALIAS).getEncoded();
        byte[] key = keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded();
        return new Certificate(
                pem(folder.resolve(name + ".crt"), "CERTIFICATE", chain),
                pem(folder.resolve(name + ".key"), "PRIVATE KEY", key));
    }

    /**
     * Returns the context of a client that trusts only these authorities.
     *
     * @param shown the keys of the client's own certificate, if the client presents a certificate
     */
    public static SSLContext trusting(List<Certificate> authorities, KeyManager... shown)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (Certificate authority : authorities) {
            String name = authority.chain.toString();
            trusted.setCertificateEntry(name, authority.store().getCertificate(ALIAS));
        }
        TrustManagerFactory verifying = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        verifying.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown, verifying.getTrustManagers(), null);
        return context;
    }

    /** Returns the keys of this certificate, for a client that presents the certificate. */
    public KeyManager[] keys() throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(), PASSWORD.toCharArray());
        return keys.getKeyManagers();
    }

    private KeyStore store() throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(new File(chain.toString().replace(".crt", ".p12")), PASSWORD.toCharArray());
    }

    private static void generate(Path folder, String name, int days, Path store)
            throws IOException, InterruptedException {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String options = "-J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -genkeypair -alias " + ALIAS
                + " -keyalg EC -dname CN=" + name + " -validity " + days
                + " -ext SAN=ip:127.0.0.1 -storetype PKCS12 -storepass " + PASSWORD + " -keystore";
        ProcessBuilder process = new ProcessBuilder(keytool);
        process.command().addAll(List.of(options.split(" ")));
        process.command().add(store.toString());
        Path log = folder.resolve(name + ".log");
        if (process.redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start()
                        .waitFor()
                != 0) {
            throw new IOException("keytool failed: " + Files.readString(log));
        }
    }

    private static Path pem(Path file, String what, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, body, what));
    }
}
