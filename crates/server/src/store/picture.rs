//! The tables `picture` and `upload`.

use super::{EffectSession, Reader, WriteTx};
use crate::clock::Moment;
use crate::domain::ids::AccountId;
use crate::domain::session::Session;
use crate::picture::Picture;
use crate::problem::Problem;
use crate::rules::{limits, window};
use crate::secret;
use contract::avatar::Size;

impl Reader {
    /// Whether an account uploaded a picture that still waits to be set (AVA-5).
    pub(crate) async fn is_picture_waiting(
        &mut self,
        session: &Session,
        picture: &str,
        now: Moment,
    ) -> Result<bool, Problem> {
        let waits = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM picture WHERE id = ? AND account = ? AND uploaded_at > ?)",
        )
        .bind(picture)
        .bind(&session.account.id)
        .bind(now.before(limits::PENDING_LIFE))
        .fetch_one(self.connection())
        .await?;
        Ok(waits)
    }

    /// A picture as JPEG, for its owner and, once it is set, for members of the same organization (AVA-3).
    pub(crate) async fn picture(
        &mut self,
        session: &Session,
        picture: &str,
        size: Size,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let bytes = sqlx::query_scalar(
            "SELECT CASE ?5 WHEN 128 THEN p.small ELSE p.large END
             FROM picture p JOIN account owner ON owner.id = p.account JOIN tenant t ON t.id = owner.tenant
             WHERE p.id = ?1 AND (
                 owner.id = ?2 AND (owner.avatar IS p.id OR p.uploaded_at > ?4)
                 OR owner.avatar IS p.id AND owner.tenant = ?3 AND t.kind = 'organization')",
        )
        .bind(picture)
        .bind(&session.account.id)
        .bind(&session.account.tenant)
        .bind(now.before(limits::PENDING_LIFE))
        .bind(size.pixels())
        .fetch_optional(self.connection())
        .await?;
        Ok(bytes)
    }

    /// When an account uploaded files in the last hour, newest first.
    pub(crate) async fn uploads(&mut self, account: &AccountId, now: Moment) -> Result<Vec<Moment>, Problem> {
        let sql = "SELECT at FROM upload WHERE account = ? AND at > ? ORDER BY at DESC";
        let uploads = sqlx::query_scalar(sql)
            .bind(account)
            .bind(window::hour_before(now))
            .fetch_all(self.connection())
            .await?;
        Ok(uploads)
    }
}

impl WriteTx {
    /// Counts an uploaded file.
    pub(crate) async fn insert_upload(
        &mut self,
        session: &EffectSession,
        now: Moment,
    ) -> Result<(), Problem> {
        sqlx::query("INSERT INTO upload (account, at) VALUES (?, ?)")
            .bind(&session.account.id)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Stores a picture of an account; answers its name.
    pub(crate) async fn insert_picture(
        &mut self,
        account: &AccountId,
        picture: &Picture,
        now: Moment,
    ) -> Result<String, Problem> {
        let id = secret::name_of(&picture.large);
        sqlx::query("INSERT INTO picture (id, account, uploaded_at, large, small) VALUES (?, ?, ?, ?, ?)")
            .bind(&id)
            .bind(account)
            .bind(now)
            .bind(&picture.large)
            .bind(&picture.small)
            .execute(self.connection())
            .await?;
        Ok(id)
    }

    /// Deletes the waiting pictures of an account but the latest (AVA-5).
    pub(crate) async fn delete_surplus_pictures(&mut self, account: &AccountId) -> Result<(), Problem> {
        sqlx::query(
            "DELETE FROM picture WHERE id IN (
                 SELECT p.id FROM picture p JOIN account a ON a.id = p.account
                 WHERE p.account = ? AND a.avatar IS NOT p.id
                 ORDER BY p.uploaded_at DESC, p.rowid DESC LIMIT -1 OFFSET ?)",
        )
        .bind(account)
        .bind(limits::PENDING_PICTURES)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Sets the picture of an account, or none; the one before is deleted.
    pub(crate) async fn replace_avatar(
        &mut self,
        session: &EffectSession,
        picture: Option<&str>,
    ) -> Result<(), Problem> {
        self.set_avatar(&session.account.id, picture).await?;
        sqlx::query("DELETE FROM picture WHERE id = ?")
            .bind(&session.account.avatar)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(super) async fn set_avatar(
        &mut self,
        account: &AccountId,
        picture: Option<&str>,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE account SET avatar = ? WHERE id = ?")
            .bind(picture)
            .bind(account)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
