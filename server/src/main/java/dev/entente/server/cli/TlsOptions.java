package dev.entente.server.cli;

import dev.entente.server.api.access.OfferedCertificate;
import dev.entente.server.api.access.Pem;
import dev.entente.server.api.access.TrustedCertificates;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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
     * Reads the files that the options name.
     *
     * @throws ParameterException where a file cannot be read or used
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
                TrustedCertificates authorities = new TrustedCertificates();
                authorities.take(read(commandLine, origin, trusted));
                credentials.trustManager(authorities);
            }
            if (ownCertificate != null && ownKey != null) {
                OfferedCertificate own = new OfferedCertificate();
                own.take(read(commandLine, "--certificate", ownCertificate), read(commandLine, "--key", ownKey));
                credentials.keyManager(own);
            }
        } catch (GeneralSecurityException useless) {
            throw Remote.wrong(commandLine, String.valueOf(useless.getMessage()), useless);
        }
        return credentials.build();
    }

    private @Nullable Path trusted() {
        String environment = System.getenv(CA_VARIABLE);
        Path given = ca.getValue();
        return given != null || environment == null || environment.isEmpty() ? given : Path.of(environment);
    }

    private static Pem read(CommandLine commandLine, String origin, Path file) {
        try {
            return new Pem(file, Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException unreadable) {
            throw Remote.unreadable(commandLine, origin, file, unreadable);
        }
    }
}
