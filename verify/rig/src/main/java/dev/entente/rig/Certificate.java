package dev.entente.rig;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A certificate for localhost that nobody but this run trusts, made by the JDK's keytool.
 *
 * @param chain PEM
 * @param key PEM, PKCS #8
 */
public record Certificate(Path chain, Path key) {
    private static final String PASSWORD = "of this run";
    private static final int LINE = 64;
    private static final String CHAIN = "chain.pem";
    private static final String KEY = "key.pem";

    /** Makes one in a folder that exists. Blocks. */
    public static Certificate make(Path folder) throws IOException, GeneralSecurityException {
        Path store = folder.resolve("store.p12");
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process made = new ProcessBuilder(
                        tool.toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        if (made.onExit().join().exitValue() != 0) {
            throw new ChildFailure("keytool made no certificate; see " + folder.resolve("keytool.log"), 1);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        byte[] certificate = keys.getCertificate("own").getEncoded();
        byte[] key = keys.getKey("own", PASSWORD.toCharArray()).getEncoded();
        return new Certificate(
                Files.writeString(folder.resolve(CHAIN), pem("CERTIFICATE", certificate)),
                Files.writeString(folder.resolve(KEY), pem("PRIVATE KEY", key)));
    }

    /** Returns the one that {@link #make} left in a folder. */
    public static Certificate in(Path folder) {
        return new Certificate(folder.resolve(CHAIN), folder.resolve(KEY));
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind
                + "-----\n";
    }
}
