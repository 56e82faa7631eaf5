package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.rig.BearerToken;
import dev.entente.rig.Certificate;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares a coordinator that asks for tokens, and one that speaks TLS, with one that does neither. A relay shows what
 * TLS costs on the same connections. 512 in flight in each case, windows in turns.
 */
final class Guarded implements Mode.Question {
    private static final String PLAIN = "plain";
    private static final String TOKENS = "tokens";
    private static final String TLS = "tls";
    private static final String RELAY = "relay, plain";
    private static final String RELAY_TLS = "relay, tls";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        try (TunedGrpc plain = new TunedGrpc(null);
                TunedGrpc encrypted = new TunedGrpc(certificate(trial.directory()))) {
            Map<String, TransactionLoad> loads = loads(trial, plain, encrypted);
            for (int round = 0; round < 2; round++) {
                for (TransactionLoad load : loads.values()) {
                    trial.warmUp(load, trial.effort().warmUp().dividedBy(2));
                }
            }
            for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
                for (Map.Entry<String, TransactionLoad> each : loads.entrySet()) {
                    trial.window(each.getKey(), each.getValue());
                }
            }
        }
        double ofCoordinator = trial.tally().ratio(TLS, PLAIN, "per_s");
        double ofRelay = trial.tally().ratio(RELAY_TLS, RELAY, "per_s");
        trial.ratio("tokens-saga512:plain", trial.tally().ratio(TOKENS, PLAIN, "per_s"));
        trial.ratio("tls-saga512:plain", ofCoordinator);
        trial.ratio("tls-relay512:plain", ofRelay);
        trial.ratio("tls-saga512:relay", ofCoordinator / ofRelay);
    }

    private static Certificate certificate(Path folder) throws IOException {
        try {
            return Certificate.make(folder);
        } catch (GeneralSecurityException unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }

    private static Map<String, TransactionLoad> loads(Trial trial, TunedGrpc plain, TunedGrpc encrypted)
            throws IOException, SQLException, InterruptedException {
        Path folder = trial.directory();
        Certificate own = Certificate.in(folder);
        Path tokens = folder.resolve("tokens");
        String token = BearerToken.create(tokens, "bench", "submitter");
        Peer open = trial.participant("plain", plain);
        Peer closed = trial.participant("tls", encrypted);
        BenchNode node = trial.node(PLAIN, open, Map.of(), plain);
        BenchNode asking = trial.node(TOKENS, open, Map.of("auth.tokenFile", tokens.toString()), plain);
        BenchNode secret = trial.node(TLS, closed, tls(own), encrypted);
        Map<String, TransactionLoad> loads = new LinkedHashMap<>();
        loads.put(PLAIN, sagas(node.channel()));
        loads.put(TOKENS, sagas(showing(token, asking.channel())));
        loads.put(TLS, sagas(secret.channel()));
        loads.put(RELAY, Loads.peerSaga(trial.relay("plain", open, plain).channel()));
        loads.put(
                RELAY_TLS, Loads.peerSaga(trial.relay("tls", closed, encrypted).channel()));
        return loads;
    }

    private static TransactionLoad sagas(Channel coordinator) {
        return Loads.entente(coordinator, RequestTemplate.saga());
    }

    private static Map<String, String> tls(Certificate own) {
        return Map.of(
                "grpc.tls.certificate",
                own.chain().toString(),
                "grpc.tls.key",
                own.key().toString(),
                "participants." + EntenteServer.PARTICIPANT + ".tls.trusted",
                own.chain().toString());
    }

    private static Channel showing(String token, Channel channel) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token);
        return ClientInterceptors.intercept(channel, List.of(MetadataUtils.newAttachHeadersInterceptor(headers)));
    }
}
