package dev.entente.server.api.access;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * PEM text with certificates or a key, and whatever stands before, between and behind them. Errors name the file and
 * the forms that it has.
 */
public record Pem(Path file, String text) {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN ((?:X509 )?CERTIFICATE)-----([^-]++)-----END \\1-----");
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]++)-----END \\1-----");
    private static final Pattern BEGIN = Pattern.compile("-----(BEGIN [A-Z0-9 ]++)-----");
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final byte[] VERSION_0 = {2, 1, 0};

    /**
     * Reads all certificates, in their order.
     *
     * @throws GeneralSecurityException if there is none, or one is damaged
     */
    List<X509Certificate> certificates() throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher blocks = CERTIFICATE.matcher(text);
        while (blocks.find()) {
            try {
                certificates.add((X509Certificate)
                        factory.generateCertificate(new ByteArrayInputStream(bytes(blocks.group(2)))));
            } catch (CertificateException | IllegalArgumentException damaged) {
                throw damaged(blocks.group(1), damaged);
            }
        }
        if (certificates.isEmpty()) {
            throw none("certificate (BEGIN CERTIFICATE)");
        }
        return List.copyOf(certificates);
    }

    /**
     * Reads the first private key: in PKCS#8, or in the older forms of RSA and EC.
     *
     * @param own the certificate's public key
     * @throws GeneralSecurityException if there is none without a password, or it is damaged or of another algorithm
     */
    PrivateKey key(PublicKey own) throws GeneralSecurityException {
        Matcher block = KEY.matcher(text);
        if (!block.find()) {
            throw none("private key without a password (BEGIN PRIVATE KEY, BEGIN EC PRIVATE KEY or"
                    + " BEGIN RSA PRIVATE KEY)");
        }
        String form = block.group(1);
        try {
            byte[] key = bytes(block.group(2));
            byte[] pkcs8 = form.equals("PRIVATE KEY") ? key : pkcs8(key, own.getEncoded());
            return KeyFactory.getInstance(own.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException | IllegalArgumentException useless) {
            throw damaged(form + " for a certificate of " + own.getAlgorithm(), useless);
        }
    }

    private static byte[] bytes(String block) {
        return Base64.getMimeDecoder().decode(block);
    }

    private GeneralSecurityException damaged(String form, Exception cause) {
        return new GeneralSecurityException(
                file + " has a damaged or wrong " + form + ": " + cause.getMessage(), cause);
    }

    private GeneralSecurityException none(String wanted) {
        String found = BEGIN.matcher(text)
                .results()
                .map(begin -> begin.group(1))
                .distinct()
                .collect(Collectors.joining(", "));
        return new GeneralSecurityException(file + " holds no " + wanted + "; it has "
                + (found.isEmpty() ? "nothing in PEM" : found)
                + (text.contains("ENCRYPTED") ? ", encrypted" : ""));
    }

    // ---- the older forms lack the algorithm, which the certificate's public key begins with

    private static byte[] pkcs8(byte[] key, byte[] own) {
        int algorithm = content(own, 0);
        ByteBuffer described = ByteBuffer.wrap(own, algorithm, end(own, algorithm) - algorithm);
        return der(SEQUENCE, ByteBuffer.wrap(VERSION_0), described, ByteBuffer.wrap(der(OCTETS, ByteBuffer.wrap(key))));
    }

    private static int content(byte[] der, int at) {
        return at + 2 + (der[at + 1] < 0 ? der[at + 1] & 0x7f : 0);
    }

    private static int end(byte[] der, int at) {
        int content = content(der, at);
        return content
                + (der[at + 1] < 0 ? new BigInteger(1, der, at + 2, content - at - 2).intValueExact() : der[at + 1]);
    }

    private static byte[] der(int tag, ByteBuffer... parts) {
        int length = 0;
        for (ByteBuffer part : parts) {
            length += part.remaining();
        }
        ByteBuffer der = ByteBuffer.allocate(length + 4).put((byte) tag);
        if (length > 0xff) {
            der.put((byte) 0x82).putShort((short) length);
        } else if (length > 0x7f) {
            der.put((byte) 0x81).put((byte) length);
        } else {
            der.put((byte) length);
        }
        for (ByteBuffer part : parts) {
            der.put(part);
        }
        return Arrays.copyOf(der.array(), der.position());
    }
}
