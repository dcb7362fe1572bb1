use async_trait::async_trait;
use contracts::auth::auth_service_client::AuthServiceClient;
use contracts::auth::{GetUserContactRequest, GetVerificationRequest};
use kernel::{EmailAddress, UserId};
use runtime::grpc::ServiceChannel;

use super::AUTH_SERVICE;
use super::answers::{address, refusal};
use crate::application::ports::{Accounts, LookUpError};
use crate::domain::{Code, FlowId, Signer, Verification};

/// Accounts as auth-service knows them.
pub struct GrpcAccounts(AuthServiceClient<ServiceChannel>);

impl GrpcAccounts {
    pub fn new(channel: ServiceChannel) -> Self {
        Self(AuthServiceClient::new(channel))
    }
}

#[async_trait]
impl Accounts for GrpcAccounts {
    async fn verification(
        &self,
        flow: FlowId,
    ) -> Result<(EmailAddress, Verification), LookUpError> {
        let flow_id = flow.0.to_string();
        let mut client = self.0.clone();
        let answer = client
            .get_verification(GetVerificationRequest { flow_id })
            .await;
        let answer = answer
            .map_err(|status| refusal(AUTH_SERVICE, status))?
            .into_inner();
        let code = Code::parse(&answer.code).map_err(|_| LookUpError::Unusable(AUTH_SERVICE))?;
        let expires_in = answer.expires_in;
        Ok((
            address(AUTH_SERVICE, &answer.email)?,
            Verification { code, expires_in },
        ))
    }

    async fn contact(&self, user: UserId) -> Result<(EmailAddress, Signer), LookUpError> {
        let user_id = user.0.to_string();
        let mut client = self.0.clone();
        let answer = client
            .get_user_contact(GetUserContactRequest { user_id })
            .await;
        let answer = answer
            .map_err(|status| refusal(AUTH_SERVICE, status))?
            .into_inner();
        let name = Some(answer.display_name).filter(|name| !name.is_empty());
        Ok((address(AUTH_SERVICE, &answer.email)?, Signer { name }))
    }
}
