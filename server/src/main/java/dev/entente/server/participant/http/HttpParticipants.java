package dev.entente.server.participant.http;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.CalledParticipant.SharedParts;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.telemetry.Metrics;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Participants that are called over HTTP. Thread-safe; only {@link #close} blocks. */
public final class HttpParticipants extends ParticipantRegister<HttpParticipant> {
    private final AllowedAddresses addresses;
    private final Circuit.Rules rules;
    /** Null until a participant may need the client. */
    private @Nullable HttpLink link;

    /** @param addresses the allowed addresses of names on the allow-list */
    public HttpParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard guard,
            AllowedAddresses addresses,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        super(guard, guard::httpRefusal, loops, metrics, rules);
        this.addresses = addresses;
        this.rules = rules;
        open(configs);
    }

    private synchronized HttpLink link() {
        HttpLink made = link == null ? new HttpLink(rules.connect()) : link;
        link = made;
        return made;
    }

    @Override
    protected HttpParticipant configured(ParticipantConfig config, SharedParts shared) {
        ParticipantConfig.Tls tls = config.tls();
        HttpParticipant participant = new HttpParticipant(
                config, HttpAddress.of(config.target()), link(), tls == null ? null : HttpLink.encryption(tls), shared);
        if (tls != null) {
            tls.whenRenewed(() -> participant.callWith(HttpLink.encryption(tls)));
        }
        return participant;
    }

    @Override
    protected HttpParticipant direct(String address, SharedParts shared) {
        HttpLink.LookUp judged = host -> addresses.of(address, host);
        return new HttpParticipant(
                ParticipantConfig.plaintext(address, address), HttpAddress.direct(address), link(), judged, shared);
    }

    @Override
    public synchronized void close() {
        super.close();
        if (link != null) {
            link.close();
        }
    }
}
