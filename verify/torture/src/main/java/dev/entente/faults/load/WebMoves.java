package dev.entente.faults.load;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.client.HttpCall;
import dev.entente.client.HttpResponse;
import dev.entente.client.Participant;
import torture.v1.MoveRequest;

/**
 * The calls of one branch, over HTTP.
 *
 * @param forward what the forward call asks for, with whatever trouble
 */
record WebMoves(Participant ledger, MoveRequest forward) {
    private static final String RECEIPT = "/receipt";

    HttpCall move() {
        return call(forward);
    }

    /** The forward call with an earlier branch's receipt. */
    HttpCall move(HttpResponse earlier) {
        return move().set(RECEIPT, earlier.at(RECEIPT));
    }

    /** A completion or undo, with no trouble but the same delay and lost answers. */
    HttpCall back() {
        return call(Moves.calm(forward));
    }

    HttpCall back(HttpResponse earlier) {
        return back().set(RECEIPT, earlier.at(RECEIPT));
    }

    private HttpCall call(MoveRequest request) {
        try {
            return ledger.post("/move").jsonBody(JsonFormat.printer().print(request));
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("no JSON for " + request, impossible);
        }
    }
}
