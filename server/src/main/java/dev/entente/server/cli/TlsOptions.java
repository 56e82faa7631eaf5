package dev.entente.server.cli;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The options by which a command speaks TLS, and the credentials that they name. */
final class TlsOptions {
    private static final String CA_VARIABLE = "ENTENTE_CA";

    private final OptionSpec tls = OptionSpec.builder("--tls")
            .type(boolean.class)
            .description("Speak TLS, and trust what this platform trusts (default: plaintext, unless --ca is given).")
            .build();
    private final OptionSpec ca = Remote.option(
            "--ca",
            "FILE",
            Path.class,
            "Speak TLS, and trust the certificates in this PEM file (default: the file in " + CA_VARIABLE + ").");
    private final OptionSpec certificate = Remote.option(
            "--certificate",
            "FILE",
            Path.class,
            "PEM file with a certificate of one's own, for a coordinator that asks who calls.");
    private final OptionSpec key = Remote.option("--key", "FILE", Path.class, "PEM file with its private key.");

    void addTo(CommandSpec spec) {
        List.of(tls, ca, certificate, key).forEach(spec::addOption);
    }

    /**
     * Reads the files that the options name. Whether key and certificate fit is found when they are used.
     *
     * @throws ParameterException where a file cannot be read, or holds no certificate
     */
    ChannelCredentials credentials(CommandLine commandLine) {
        Path trusted = trusted();
        Path ownCertificate = certificate.getValue();
        Path ownKey = key.getValue();
        if ((ownCertificate == null) != (ownKey == null)) {
            throw Remote.wrong(commandLine, "--certificate and --key belong together; give both, or neither", null);
        }
        if (!Boolean.TRUE.equals(tls.getValue()) && trusted == null && ownCertificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        try {
            if (trusted != null) {
                String origin = ca.getValue() == null ? CA_VARIABLE : "--ca";
                credentials.trustManager(certificates(commandLine, origin, trusted));
            }
            if (ownCertificate != null && ownKey != null) {
                credentials.keyManager(
                        certificates(commandLine, "--certificate", ownCertificate),
                        new ByteArrayInputStream(read(commandLine, "--key", ownKey)));
            }
        } catch (IOException impossible) {
            throw new IllegalStateException("an array is read without fail", impossible);
        }
        return credentials.build();
    }

    /** Returns the mistake where key and certificate were read and could not be used; null where none was given. */
    @Nullable
    String unusableKey() {
        Path file = key.getValue();
        return file == null
                ? null
                : "--key " + file + " is no private key for --certificate; write one in PEM as PKCS#8, unencrypted"
                        + " (-----BEGIN PRIVATE KEY-----)";
    }

    private @Nullable Path trusted() {
        String environment = System.getenv(CA_VARIABLE);
        Path given = ca.getValue();
        return given != null || environment == null || environment.isEmpty() ? given : Path.of(environment);
    }

    private static ByteArrayInputStream certificates(CommandLine commandLine, String origin, Path file) {
        byte[] bytes = read(commandLine, origin, file);
        boolean isEmpty;
        try {
            isEmpty = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .isEmpty();
        } catch (CertificateException noneInside) {
            isEmpty = true;
        }
        if (isEmpty) {
            throw Remote.wrong(
                    commandLine,
                    origin + " " + file + " holds no certificate; name a PEM file (-----BEGIN CERTIFICATE-----)",
                    null);
        }
        return new ByteArrayInputStream(bytes);
    }

    private static byte[] read(CommandLine commandLine, String origin, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw Remote.unreadable(commandLine, origin, file, unreadable);
        }
    }
}
