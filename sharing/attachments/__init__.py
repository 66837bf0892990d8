"""Operations on files of reports: put on a draft, filed with a version, given to who may have them, erased."""
