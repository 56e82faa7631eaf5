package dev.entente.server.app;

import dev.entente.server.api.access.TlsFiles;
import dev.entente.server.store.Database;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.audit.AuditShipping;
import dev.entente.server.store.audit.AuditTrail;
import dev.entente.server.store.audit.MandatoryTrail;
import dev.entente.server.store.audit.sink.AuditSink;
import dev.entente.server.store.audit.sink.FileSink;
import dev.entente.server.store.audit.sink.SyslogSink;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** The places beyond the database that the audit goes to, as they are configured. */
final class AuditSinks implements AutoCloseable {
    private static final Pattern SYSLOG =
            Pattern.compile("(tcp|tls)://(?:\\[([0-9A-Fa-f:.]+)]|([A-Za-z0-9._-]+)):(\\d{1,5})");
    private static final int MOST_PORT = 65_535;

    private final List<AuditShipping> shippings = new ArrayList<>();
    private @Nullable AuditShipping mandatory;

    private AuditSinks() {}

    /**
     * Tries the file, and the file of authorities; no syslog server is asked. Blocks.
     *
     * @throws StartupFailure ENT-071 if one is of no use
     */
    static AuditSinks open(Configuration configuration, Database database, Metrics metrics) {
        AuditSinks sinks = new AuditSinks();
        Path file = configuration.path(Setting.AUDIT_FILE);
        if (file != null) {
            sinks.add(file(file), configuration, database, metrics);
        }
        String syslog = configuration.text(Setting.AUDIT_SYSLOG);
        if (!syslog.isEmpty()) {
            sinks.add(syslog(syslog, configuration), configuration, database, metrics);
        }
        return sinks;
    }

    private void add(AuditSink sink, Configuration configuration, Database database, Metrics metrics) {
        AuditShipping shipping = new AuditShipping(database, sink, metrics);
        shippings.add(shipping);
        if (configuration.text(Setting.AUDIT_MANDATORY).equals(sink.name())) {
            mandatory = shipping;
        }
    }

    private static FileSink file(Path file) {
        FileSink sink = new FileSink(file);
        try {
            sink.open();
            return sink;
        } catch (IOException useless) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "audit.file = '" + file + "' cannot be appended to: " + TextFile.reason(file, useless)
                            + "; name a file in a folder that is there and that this process may write",
                    useless);
        }
    }

    private static SyslogSink syslog(String text, Configuration configuration) {
        Matcher address = SYSLOG.matcher(text);
        if (!address.matches() || Integer.parseInt(address.group(4)) > MOST_PORT) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "audit.syslog = '" + text + "' is none; write tcp://host:port or tls://host:port",
                    null);
        }
        String host = address.group(2) == null ? address.group(3) : address.group(2);
        int port = Integer.parseInt(address.group(4));
        if (address.group(1).equals("tcp")) {
            return new SyslogSink(host, port, null, configuration.node());
        }
        Path authorities = configuration.path(Setting.AUDIT_SYSLOG_CA);
        try {
            var _ = TlsFiles.trusting(authorities);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException useless) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "audit.syslogCa = '" + authorities + "' cannot be used: " + TextFile.reason(useless)
                            + "; it must be a PEM file with certificates",
                    useless);
        }
        return new SyslogSink(host, port, () -> encryption(authorities), configuration.node());
    }

    /** Read for each connection, so that authorities can be exchanged. */
    private static SSLSocketFactory encryption(@Nullable Path authorities) throws IOException {
        try {
            return TlsFiles.trusting(authorities);
        } catch (GeneralSecurityException | IllegalArgumentException useless) {
            throw new IOException("the authorities in " + authorities + " cannot be used", useless);
        }
    }

    /** Returns the same trail, whose acts wait for the sink that must have them. */
    AuditTrail before(AuditTrail trail) {
        return mandatory == null ? trail : new MandatoryTrail(trail, mandatory);
    }

    /** @param incarnation of this coordinator, or none */
    void start(Supplier<OptionalLong> incarnation) {
        shippings.forEach(each -> each.start(incarnation));
    }

    @Override
    public void close() {
        shippings.forEach(AuditShipping::close);
    }
}
