package dev.entente.core.codec;

import dev.entente.core.transaction.OperatorPark;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.stored.v1.ParkedOrBuilder;
import dev.entente.stored.v1.Progress;

/** Writes and reads the mark of a parked transaction in its stored progress. */
final class ParkedCodec {
    private ParkedCodec() {}

    static void write(Parked parked, Progress.Builder progress) {
        var message = progress.getParkedBuilder()
                .setReason(parked.reason().code())
                .setDetail(parked.detail())
                .setSinceMs(parked.since().toEpochMilli());
        OperatorPark operator = parked.operator();
        if (operator != null) {
            message.getOperatorBuilder()
                    .setActor(operator.actor())
                    .setDetail(operator.detail())
                    .setSinceMs(operator.since().toEpochMilli());
        }
    }

    static Parked read(ParkedOrBuilder message) {
        var operator = message.getOperator();
        return new Parked(
                ParkReason.of(message.getReason()),
                message.getDetail(),
                StoredCodes.time(message.getSinceMs()),
                message.hasOperator()
                        ? new OperatorPark(
                                operator.getActor(), operator.getDetail(), StoredCodes.time(operator.getSinceMs()))
                        : null);
    }
}
