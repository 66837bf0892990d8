"""Bytes in, bytes out: canonical JSON, hashes, Merkle proofs, signatures, seals; no database, no network, no clock."""
