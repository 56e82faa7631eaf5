package dev.entente.server.api.access;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a file that may contain certificates or a key in PEM, among other text. Error messages name the file and
 * the PEM blocks that the file contains.
 */
public record Pem(Path file, String text) {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN ((?:X509 )?CERTIFICATE)-----[^-]++-----END \\1-----");
    private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]++)-----END PRIVATE KEY-----");
    private static final Pattern BEGIN = Pattern.compile("-----(BEGIN [A-Z0-9 ]++)-----");

    /**
     * Reads all certificates in the order of the file.
     *
     * @throws GeneralSecurityException if there is no certificate, or a certificate is damaged
     */
    public X509Certificate[] certificates() throws GeneralSecurityException {
        String blocks =
                CERTIFICATE.matcher(text).results().map(MatchResult::group).collect(Collectors.joining("\n"));
        if (blocks.isEmpty()) {
            throw none("certificate (BEGIN CERTIFICATE)", "");
        }
        try {
            return CertificateUtils.getX509Certificates(
                    new ByteArrayInputStream(blocks.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (CertificateException damaged) {
            throw damaged("CERTIFICATE", damaged);
        }
    }

    /**
     * Reads the first private key in PKCS#8.
     *
     * @param own the certificate's public key
     * @throws GeneralSecurityException if there is no key without a password, or it is damaged or of another algorithm
     */
    PrivateKey key(PublicKey own) throws GeneralSecurityException {
        Matcher block = KEY.matcher(text);
        if (!block.find()) {
            throw none(
                    "private key in PKCS#8 without a password (BEGIN PRIVATE KEY)",
                    text.contains("PRIVATE KEY-----")
                            ? "; to convert the key run: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out FILE"
                            : "");
        }
        try {
            byte[] pkcs8 = Base64.getMimeDecoder().decode(block.group(1));
            return KeyFactory.getInstance(own.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException | IllegalArgumentException useless) {
            throw damaged("PRIVATE KEY for a certificate of " + own.getAlgorithm(), useless);
        }
    }

    private GeneralSecurityException damaged(String form, Exception cause) {
        return new GeneralSecurityException(
                file + " has a damaged or wrong " + form + ": " + cause.getMessage(), cause);
    }

    private GeneralSecurityException none(String wanted, String remedy) {
        String found = BEGIN.matcher(text)
                .results()
                .map(begin -> begin.group(1))
                .distinct()
                .collect(Collectors.joining(", "));
        return new GeneralSecurityException(file + " does not contain a " + wanted + "; it contains "
                + (found.isEmpty() ? "no PEM data" : found)
                + (text.contains("ENCRYPTED") ? ", encrypted" : "")
                + remedy);
    }
}
