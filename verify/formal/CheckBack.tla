----------------------------- MODULE CheckBack -----------------------------
(***************************************************************************)
(* A message that is sent if, and only if, its sender's local database     *)
(* transaction commits.                                                    *)
(*                                                                         *)
(* The sender announces the message (Begin), runs its local transaction,   *)
(* and then requests commit or abort. Without such a request, the          *)
(* coordinator asks the sender for the result (a check-back call). The     *)
(* check-back call itself inserts the row that the local transaction would *)
(* insert. The first insert wins permanently: a local transaction that     *)
(* finds the row rolls back. Without this insert, "not committed yet"      *)
(* would count as "rolled back".                                           *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Attempts,      \* the limit of check-back calls, and of delivery attempts, before the message is parked
    TakeOvers,     \* the maximum number of takeovers
    Mutant         \* the broken rule, or "none"

Broken(rule) == Mutant = rule

Incarnation == {1, 2}
Nobody == 0

VARIABLES
    row,        \* the message's row: BEGUN, RUNNING (in delivery), SUCCEEDED, ABORTED
    mem,        \* of each incarnation: the row when the incarnation took it, and whether a call is in flight
    calls,      \* all calls that have left: "check", "deliver". Each may arrive at any time, any number of times
    key,        \* the barrier row at the sender: free, locked (its local transaction is open), business (committed), asked (by
                \* a check-back call)
    sender,     \* the sender's state: new, open, done, gone
    received,   \* whether the message was received
    left

vars == <<row, mem, calls, key, sender, received, left>>

Nothing == [kind |-> "nothing"]

Init ==
    /\ row = [kind |-> "open", state |-> "BEGUN", owner |-> Nobody, rev |-> 1, parked |-> FALSE]     \* Begin was answered OK
    /\ mem = [i \in Incarnation |-> Nothing]
    /\ calls = {}
    /\ key = "free"
    /\ sender = "new"
    /\ received = FALSE
    /\ left = TakeOvers

IsOpen == row.kind = "open"
Holds(i) == mem[i].kind = "held"
Held(rev) == [kind |-> "held", state |-> row.state, rev |-> rev, tries |-> 0, awaits |-> FALSE]
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

Write(i, written, kept) ==
    IF IsFenced(i)
    THEN row' = [written EXCEPT !.rev = row.rev + 1] /\ mem' = [mem EXCEPT ![i] = kept]
    ELSE row' = row /\ mem' = [mem EXCEPT ![i] = Nothing]

---------------------------------------------------------------------------
(* The sender. Its local transaction begins after the response to Begin. *)

(* Its first statement inserts the key, and waits for a concurrent insert. If a check-back call has inserted the key, *)
(* the local transaction rolls back.                                                                                  *)
BeginLocal ==
    /\ sender = "new"
    /\ IF key = "free" THEN key' = "locked" /\ sender' = "open" ELSE key' = key /\ sender' = "gone"
    /\ UNCHANGED <<row, mem, calls, received, left>>

CommitLocal ==
    /\ sender = "open"
    /\ key' = "business"
    /\ \E next \in {"done", "gone"} : sender' = next      \* gone: it never requests the commit, or dies before
    /\ UNCHANGED <<row, mem, calls, received, left>>

RollBackLocal ==
    /\ sender = "open"
    /\ key' = "free" /\ sender' = "gone"
    /\ UNCHANGED <<row, mem, calls, received, left>>

(* The commit request, after the local transaction: the deciding write also takes the row. *)
SayCommit(i) ==
    /\ sender = "done" /\ ~Holds(i)
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody
    /\ row' = [row EXCEPT !.state = "RUNNING", !.owner = i, !.rev = @ + 1, !.parked = FALSE]
    /\ mem' = [mem EXCEPT ![i] = [Held(row.rev + 1) EXCEPT !.state = "RUNNING"]]
    /\ UNCHANGED <<calls, key, sender, received, left>>

---------------------------------------------------------------------------
(* The coordinators *)

(* The check-back call is due. *)
Claim(i) ==
    /\ IsOpen /\ row.owner = Nobody /\ ~row.parked /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.rev + 1)]
    /\ UNCHANGED <<calls, key, sender, received, left>>

Ask(i) ==
    /\ Holds(i) /\ mem[i].state = "BEGUN" /\ ~mem[i].awaits /\ mem[i].tries < Attempts
    /\ calls' = calls \cup {"check"}
    /\ mem' = [mem EXCEPT ![i].tries = @ + 1, ![i].awaits = TRUE]
    /\ UNCHANGED <<row, key, sender, received, left>>

(* No response, or "in progress". *)
NoAnswer(i) ==
    /\ Holds(i) /\ mem[i].awaits
    /\ mem' = [mem EXCEPT ![i].awaits = FALSE]
    /\ UNCHANGED <<row, calls, key, sender, received, left>>

Park(i) ==
    /\ Holds(i) /\ ~mem[i].awaits
    /\ mem[i].state \in {"BEGUN", "RUNNING"} /\ mem[i].tries = Attempts
    /\ Write(i, [row EXCEPT !.owner = Nobody, !.parked = TRUE], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

(* After a response: the decision is durable before the delivery. *)
Decide(i) ==
    /\ Holds(i) /\ mem[i].state \in {"COMMITTED", "ROLLED BACK"}
    /\ IF mem[i].state = "COMMITTED"
       THEN Write(i, [row EXCEPT !.state = "RUNNING"], [mem[i] EXCEPT !.state = "RUNNING", !.tries = 0, !.rev = row.rev + 1])
       ELSE Write(i, [row EXCEPT !.state = "ABORTED", !.kind = "finished", !.owner = Nobody], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

Deliver(i) ==
    /\ Holds(i) /\ mem[i].state = "RUNNING" /\ ~mem[i].awaits /\ mem[i].tries < Attempts
    /\ calls' = calls \cup {"deliver"}
    /\ mem' = [mem EXCEPT ![i].tries = @ + 1, ![i].awaits = TRUE]
    /\ UNCHANGED <<row, key, sender, received, left>>

End(i) ==
    /\ Holds(i) /\ mem[i].state = "DELIVERED"
    /\ Write(i, [row EXCEPT !.state = "SUCCEEDED", !.kind = "finished", !.owner = Nobody], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

(* The owner died or stalled; it may continue as a zombie. *)
TakeOver(i) ==
    /\ left > 0 /\ IsOpen /\ row.owner \notin {Nobody, i}
    /\ left' = left - 1
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.rev + 1)]
    /\ UNCHANGED <<calls, key, sender, received>>

---------------------------------------------------------------------------
(* Arrivals *)

Hear(from, to) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : Holds(i) /\ mem[i].awaits /\ mem[i].state = from /\ mem' = [mem EXCEPT ![i].state = to, ![i].awaits = FALSE]

(* Inserts the key, with a short wait for a concurrent insert. *)
ArriveCheck ==
    CASE key = "business" -> Hear("BEGUN", "COMMITTED") /\ UNCHANGED key
      [] key = "locked"   -> UNCHANGED <<mem, key>>              \* in progress: the coordinator asks again
      [] OTHER            -> /\ Hear("BEGUN", "ROLLED BACK")
                             /\ key' = IF Broken("check-only-reads") THEN key ELSE "asked"

Arrive(call) ==
    /\ IF call = "check" THEN ArriveCheck /\ UNCHANGED received
       ELSE received' = TRUE /\ Hear("RUNNING", "DELIVERED") /\ UNCHANGED key
    /\ UNCHANGED <<row, calls, sender, left>>

---------------------------------------------------------------------------
Work == \E i \in Incarnation : Claim(i) \/ Ask(i) \/ NoAnswer(i) \/ Park(i) \/ Decide(i) \/ Deliver(i) \/ End(i)
World ==
    \/ BeginLocal \/ CommitLocal \/ RollBackLocal
    \/ \E i \in Incarnation : SayCommit(i) \/ TakeOver(i)
    \/ \E call \in calls : Arrive(call)
Next == Work \/ World
Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
L2 == "deliver" \in calls => row.state \in {"RUNNING", "SUCCEEDED"}
L6 == IsOpen => row.owner # Nobody \/ row.parked \/ row.state \in {"BEGUN", "RUNNING"}     \* due for its check-back call

(* The message is received only if the local transaction committed. It is aborted only if the local transaction never *)
(* commits.                                                                                                           *)
AllOrNothing ==
    /\ received => key = "business"
    /\ row.state = "SUCCEEDED" => received
    /\ row.state = "ABORTED" => key # "business"

L5Forever == [][row.kind = "finished" => row' = row]_row

Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked)
============================================================================
